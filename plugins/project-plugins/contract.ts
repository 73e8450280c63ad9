import { relative, sep } from 'node:path';
import { type Service, service } from 'dispatch/kernel';
import type { BroughtFile } from '../trust/contract.js';

/** Where a directory brings plugins, below it. */
export const pluginsFolder = '.dispatch/plugins';

/** Lets plugins run that directories bring; the server's own. */
export interface ProjectPlugins {
  /**
   * Brings what runs of a directory in line with what it brings now: a plugin runs while each of its files is trusted, in
   * the very bytes that were read. Resolves when that is so; never rejects.
   * @param directory its real path
   */
  bring(directory: string, files: readonly BroughtFile[]): Promise<void>;
  /** Calls back with a directory whose files have changed since; answers how to end that. */
  onChange(changed: (directory: string) => void): () => void;
  /** The directory that brought what fills a slot; undefined for everything else. */
  projectOf(its: object): string | undefined;
}
export const ProjectPlugins: Service<ProjectPlugins> = service<ProjectPlugins>('dispatch.project-plugins');

/** Whether a path is that of a directory, or below it; both are real paths. */
export function isWithin(directory: string, path: string): boolean {
  const way = relative(directory, path);
  return way !== '..' && !way.startsWith(`..${sep}`);
}

import { createHash } from 'node:crypto';
import { pluginsFolder } from '../../../plugins/project-plugins/contract.js';
import type { BroughtFile, ReadFile } from '../../../plugins/trust/contract.js';

/** A plugin that a directory brings. */
export interface BroughtGroup {
  /** Its folder or file, below the folder of plugins; empty where that is a plugin itself. */
  name: string;
  /** Its files, and by what they differ from others; or why it may not run. */
  content: { files: readonly { path: string; text: string }[]; print: string } | { inert: string };
}

/** What belongs together of the files that a directory brings. Paths are below the folder of plugins. Pure. */
export function groupsOf(directory: string, files: readonly BroughtFile[]): BroughtGroup[] {
  const below = files.map((file) => ({ ...file, path: file.path.slice(pluginsFolder.length + 1) }));
  const one = below.some(({ path }) => /^(index\.(ts|mjs|js)|package\.json)$/.test(path));
  const groups = new Map<string, BroughtFile[]>();
  for (const file of below) {
    const name = one ? '' : (file.path.split('/')[0] as string);
    groups.set(name, [...(groups.get(name) ?? []), file]);
  }
  const isPlugin = ([name, its]: [string, BroughtFile[]]) => its.some(({ path }) => path !== name || /\.(ts|mjs|js)$/.test(path));
  return [...groups].filter(isPlugin).map(([name, its]) => ({ name, content: contentOf(directory, its) }));
}

function contentOf(directory: string, files: readonly BroughtFile[]): BroughtGroup['content'] {
  const [first, ...more] = files.filter(({ state }) => state !== 'trusted');
  if (!first) return { files: files as ReadFile[], print: printOf(files as ReadFile[]) };
  const others = more.length > 0 ? ` (and ${more.length} more)` : '';
  if (first.state === 'refused') return { inert: `${first.file}${others} cannot be trusted: ${first.reason}` };
  return { inert: `${first.file}${others} waits to be trusted as it is now: dispatch trust ${directory}` };
}

const printOf = (files: readonly ReadFile[]): string =>
  createHash('sha256')
    .update(files.map(({ path, hash }) => `${hash} ${path}`).join('\n'))
    .digest('hex');

import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Config, type Logger, messageOf } from 'dispatch/kernel';
import { type ProjectPlugins, pluginsFolder } from '../../../plugins/project-plugins/contract.js';
import type { BroughtFile } from '../../../plugins/trust/contract.js';
import { type BroughtGroup, groupsOf } from './brought-groups.js';
import { placesIn } from './plugin-place.js';
import { PluginSource } from './plugin-source.js';
import type { Switched } from './plugin-switch.js';
import { RootWatch } from './root-watch.js';

/** What lets the plugins run. */
interface Manager extends Switched {
  readonly sources: Map<string, PluginSource>;
  /** The source of what fills a slot. */
  sourceOf(its: object): PluginSource | undefined;
  remove(source: PluginSource): Promise<void>;
}

interface Options {
  /** Where the trusted contents are kept as they were read, for as long as they are trusted. */
  folder: string;
  config: Config;
  logger: Logger;
}

interface Project {
  watch: RootWatch | undefined;
  /** By what the content of each of its plugins differs, by its source. */
  prints: Map<string, string>;
}

/** Directories whose plugins run at once at most. */
const most = 64;

/**
 * Runs plugins that directories bring from a copy of what was trusted: neither what lies beside it there, nor what
 * somebody writes there in the next moment, is ever loaded.
 */
export class ProjectLoader implements ProjectPlugins {
  private readonly projects = new Map<string, Project>();
  private readonly listeners = new Set<(directory: string) => void>();
  private whySafe: () => PluginSource['held'] = () => undefined;
  private stopped = false;
  private readonly opened: Promise<void>;
  private letIn: () => void = () => undefined;

  constructor(
    private readonly manager: Manager,
    private readonly options: Options,
  ) {
    this.opened = new Promise((resolve) => {
      this.letIn = resolve;
    });
  }

  /** The server runs: those that directories bring may come. */
  open(whySafe: () => PluginSource['held']): void {
    this.whySafe = whySafe;
    this.letIn();
  }

  stop(): void {
    this.stopped = true;
    for (const { watch } of this.projects.values()) watch?.end();
  }

  onChange(changed: (directory: string) => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }

  projectOf(its: object): string | undefined {
    return this.manager.sourceOf(its)?.project;
  }

  async bring(directory: string, files: readonly BroughtFile[]): Promise<void> {
    await this.opened;
    if (this.stopped) return;
    const project = this.projectAt(directory);
    if (!project) return;
    const root = this.folderOf(directory);
    const groups = new Map(groupsOf(directory, files).map((group) => [join(root, group.name), group]));
    for (const source of [...project.prints.keys()]) if (!groups.has(source)) await this.leave(project, source);
    for (const [source, group] of groups) {
      try {
        await this.take(directory, source, group);
      } catch (thrown) {
        this.options.logger.error(`the plugin ${group.name} that ${directory} brings: ${messageOf(thrown)}`);
      }
    }
  }

  private projectAt(directory: string): Project | undefined {
    const { config, logger } = this.options;
    const known = this.projects.get(directory);
    if (known) return known;
    if (this.projects.size >= most) {
      logger.warn(`the plugins that ${directory} brings are left out: those of ${most} directories run already`);
      return undefined;
    }
    const changed = () => {
      for (const listener of this.listeners) listener(directory);
    };
    const blind = (thrown: unknown) =>
      logger.warn(`${directory} is looked at every second, as this machine watches no more folders: ${messageOf(thrown)}`);
    const watched = config.flag('plugins.watch');
    const watch = watched
      ? new RootWatch(join(directory, pluginsFolder), { settleMs: config.number('plugins.settleMs'), changed, blind })
      : undefined;
    const project = { watch, prints: new Map<string, string>() };
    this.projects.set(directory, project);
    rmSync(this.folderOf(directory), { recursive: true, force: true });
    return project;
  }

  private async take(directory: string, path: string, { name, content }: BroughtGroup): Promise<void> {
    const prints = (this.projects.get(directory) as Project).prints;
    const print = 'inert' in content ? content.inert : content.print;
    if (prints.get(path) === print) return;
    prints.set(path, print);
    const source = this.sourceAt(directory, path);
    const held = 'inert' in content ? ({ state: 'disabled', reason: content.inert } as const) : this.whySafe();
    if (held) return this.hold(source, held);
    if ('inert' in content) return;
    rmSync(path, { recursive: true, force: true });
    const root = this.folderOf(directory);
    for (const { path: below, text } of content.files) {
      mkdirSync(dirname(join(root, below)), { recursive: true, mode: 0o700 });
      writeFileSync(join(root, below), text, { mode: 0o600 });
    }
    source.held = undefined;
    source.gone = false;
    source.place = placesIn(root).find((place) => place.source === path) ?? {
      ...{ source: path, root, print, changedAt: 0 },
      entry: { problem: `it has no plugin in it: add an index.ts to ${pluginsFolder}/${name}` },
    };
    await this.manager.renew(source);
  }

  /** Takes out what runs, and says why. */
  private async hold(source: PluginSource, held: PluginSource['held']): Promise<void> {
    source.held = held;
    await source.inTurn(async () => {
      const refused = await this.manager.apply(source);
      source.note = refused && `it should not run, and runs on: ${refused}`;
    });
    rmSync(source.name, { recursive: true, force: true });
    this.options.logger.warn(`the plugin at ${source.name} does not run: ${held?.reason}`);
    this.manager.view.tell();
  }

  private async leave(project: Project, path: string): Promise<void> {
    project.prints.delete(path);
    const source = this.manager.sources.get(path);
    rmSync(path, { recursive: true, force: true });
    if (!source) return;
    source.gone = true;
    await this.manager.remove(source);
  }

  private sourceAt(directory: string, path: string): PluginSource {
    const known = this.manager.sources.get(path);
    if (known) return known;
    const root = this.folderOf(directory);
    const source = new PluginSource(path, { source: path, root, print: '', changedAt: 0, entry: { problem: 'it is not trusted' } });
    source.project = directory;
    this.manager.sources.set(path, source);
    return source;
  }

  /** A folder of its own for each directory, which people can tell by its name. */
  private folderOf(directory: string): string {
    mkdirSync(this.options.folder, { recursive: true, mode: 0o700 });
    const name = basename(directory).replace(/^[._]+|[^\w.-]/g, '') || 'root';
    return join(realpathSync(this.options.folder), `${name}-${createHash('sha256').update(directory).digest('hex').slice(0, 8)}`);
  }
}

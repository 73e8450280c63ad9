import { realpathSync } from 'node:fs';
import { Config, type Filter, inject, Logger, messageOf, plugin, type Tool, ToolFilters, type TurnContext } from 'dispatch/kernel';
import { Trust } from '../trust/contract.js';
import { isWithin, ProjectPlugins } from './contract.js';

/** Looks at what directories bring: those somebody works in, and those of which plugins are trusted already. */
@plugin({ id: 'project-plugins', version: '0.1.0', provides: ToolFilters })
export class ProjectPluginsInUse implements Filter<readonly Tool[]> {
  /** Before the tools are counted, renamed or sorted by others. */
  readonly order = -1_000;
  private readonly known = new Set<string>();
  private readonly ends: (() => void)[] = [];
  private stopped = false;
  private queue: Promise<void> = Promise.resolve();

  constructor(
    @inject(ProjectPlugins) private readonly projects: ProjectPlugins,
    @inject(Trust) private readonly trust: Trust,
    @inject(Config) private readonly config: Config,
    @inject(Logger) private readonly logger: Logger,
  ) {}

  start(): void {
    this.ends.push(
      this.trust.onChange((directory) => this.look(directory)),
      this.projects.onChange((directory) => this.look(directory)),
    );
    this.look(this.config.text('cwd'));
    void this.lookAtTrusted();
  }

  stop(): void {
    this.stopped = true;
    for (const end of this.ends) end();
  }

  /** What one project's plugins bring is for turns in that project. */
  filter(tools: readonly Tool[], { cwd }: TurnContext): readonly Tool[] {
    // not now, when the turn's request is made ready: what is found counts from the next turn on
    setTimeout(() => this.look(cwd), laterMs).unref();
    const of = tools.map((tool) => this.projects.projectOf(tool));
    if (of.every((project) => project === undefined)) return tools;
    const here = realPath(cwd) ?? cwd;
    return tools.filter((_, i) => of[i] === undefined || isWithin(of[i], here));
  }

  private async lookAtTrusted(): Promise<void> {
    try {
      for (const directory of await this.trust.directories('plugin')) this.look(directory);
    } catch (thrown) {
      this.logger.error(`it is not known which directories' plugins are trusted: ${messageOf(thrown)}`);
    }
  }

  /** One after another: what was read later counts. */
  private look(directory: string): void {
    this.queue = this.queue
      .then(async () => {
        const real = realPath(directory) ?? (this.known.has(directory) ? directory : undefined);
        if (real === undefined || this.stopped) return;
        const files = await this.trust.brought('plugin', real);
        if (files.length === 0 && !this.known.has(real)) return;
        this.known.add(real);
        await this.projects.bring(real, files);
      })
      .catch((thrown: unknown) => this.logger.error(`the plugins that ${directory} brings: ${messageOf(thrown)}`));
  }
}

function realPath(directory: string): string | undefined {
  try {
    return realpathSync(directory);
  } catch {
    return undefined;
  }
}

const laterMs = 20;

import { realpathSync } from 'node:fs';
import { Clock, Config, inject, Logger, messageOf, plugin, Secrets, service } from 'dispatch/kernel';
import type { LspServerStatus } from 'dispatch/wire';
import { OwnedProcesses } from '../child-processes/contract.js';
import { Trust } from '../trust/contract.js';
import { type Configured, configured, type Plan } from './configured.js';
import { plainEnvironment } from './environment.js';
import { isFor } from './language-ids.js';
import { LanguageServer } from './language-server.js';
import { rootOf } from './root-of.js';
import { type Run, runOf } from './run-of.js';
import { Session } from './session.js';
import { type Settings, settingsFrom } from './settings.js';

/** What there is for one file. */
export interface ServersForFile {
  servers: readonly LanguageServer[];
  /** Why servers that are meant for it, or files that ask for some, are not used: a sentence each. */
  problems: readonly string[];
}

/** The language servers of working directories. */
export interface LspServers {
  /** Those that are meant for a file, both given without links. Starts nothing. */
  forFile(directory: string, path: string): Promise<ServersForFile>;
  /** Every server that is configured, or found, for a directory. Starts nothing. */
  status(directory: string): Promise<LspServerStatus[]>;
}
export const LspServers = service<LspServers>('dispatch.lsp-servers');

interface Known {
  directory: string;
  plan: Plan;
  /** What the plan was made of. */
  made: string;
  /** By everything they were made of. */
  servers: Map<string, { server: LanguageServer; of: Configured }>;
}

/** Milliseconds after the start in which others have better things to do. */
const quietMs = 1_000;
/** Milliseconds between two looks for servers that nobody uses. */
const lookEveryMs = 30_000;
/** Directories that are remembered while nothing runs there. */
const mostKnown = 200;

@plugin({ id: 'lsp', version: '0.1.0', provides: LspServers, capabilities: ['processes', 'files'] })
export class DirectoryLspServers implements LspServers {
  private readonly settings: Settings;
  private readonly own: Readonly<Record<string, unknown>>;
  private readonly known = new Map<string, Known>();
  private readonly processes: OwnedProcesses;
  private readonly stopping = new AbortController();
  /** Servers that are not used any more, until nothing of them is left. */
  private readonly closing = new Set<Promise<void>>();
  private orphans: Promise<unknown> | undefined;
  private unwatch: (() => void) | undefined;

  constructor(
    @inject(Trust) private readonly trust: Trust,
    @inject(Config) config: Config,
    @inject(Secrets) private readonly secrets: Secrets,
    @inject(Clock) private readonly clock: Clock,
    @inject(Logger) private readonly logger: Logger,
  ) {
    this.settings = settingsFrom(config);
    this.own = (config.value('lsp.servers') ?? {}) as Readonly<Record<string, unknown>>;
    this.processes = new OwnedProcesses(config.text('dataDir'));
  }

  /** Ends what a server that was killed has left behind; nobody waits for that. */
  start(): void {
    this.unwatch = this.trust.onChange((directory) => void this.look(directory));
    this.orphans = this.endOrphans();
    void this.restIdle();
  }

  private endOrphans(): Promise<unknown> {
    const { signal } = this.stopping;
    return this.clock
      .sleep(quietMs, signal)
      .then(() => this.processes.endOrphans())
      .then(
        (count) => count > 0 && this.logger.warn(`ended ${count} processes of language servers that an earlier server had left running`),
        (thrown: unknown) => this.logger.warn(`what an earlier server left running could not be looked for: ${messageOf(thrown)}`),
      );
  }

  async stop(): Promise<void> {
    this.unwatch?.();
    this.stopping.abort();
    await Promise.all([this.orphans, ...this.closing, ...this.all().map((server) => server.close())]);
  }

  async forFile(directory: string, path: string): Promise<ServersForFile> {
    if (this.stopping.signal.aborted) return { servers: [], problems: [] };
    const known = await this.of(directory);
    const problems = [...known.plan.problems];
    const servers = known.plan.servers
      .filter(({ extensions }) => isFor(path, extensions))
      .flatMap((each) => {
        const run = runOf(each, known.plan, known.directory);
        if (typeof run === 'object') return [this.server(known, each, run, rootOf(path, known.directory, each.rootMarkers))];
        if (run !== undefined) problems.push(`the language server "${each.id}" is not used: ${run}`);
        return [];
      });
    return { servers, problems };
  }

  async status(directory: string): Promise<LspServerStatus[]> {
    const real = realDirectory(directory);
    if (real === undefined) return [];
    const known = await this.of(real);
    return known.plan.servers.flatMap((each): LspServerStatus[] => {
      const started = [...known.servers.values()].filter(({ of }) => of === each).map(({ server }) => server.status());
      if (started.length > 0) return started;
      const run = runOf(each, known.plan, known.directory);
      if (run === undefined) return [];
      const { id, name, source } = each;
      return [
        {
          ...{ id, name, root: real, extensions: [...each.extensions] },
          state: typeof run === 'string' && each.inert === undefined ? 'error' : 'not-started',
          ...(typeof run === 'string' && { error: run }),
          ...(source !== undefined && { configSource: source }),
        },
      ];
    });
  }

  private async of(directory: string): Promise<Known> {
    const files = await this.trust.brought('lsp', directory);
    const made = files.map((file) => `${file.file} ${file.state} ${file.state === 'refused' ? file.reason : file.hash}`).join('\n');
    const before = this.known.get(directory);
    if (before?.made === made) return before;
    const known: Known = { directory, made, plan: configured(files, this.own, directory), servers: new Map() };
    this.known.delete(directory);
    this.known.set(directory, known);
    this.forgetUnused();
    for (const { server } of before?.servers.values() ?? []) this.close(server);
    return known;
  }

  private close(server: LanguageServer): void {
    const closed = server
      .close()
      .catch((thrown: unknown) => this.logger.warn(`a language server did not end: ${messageOf(thrown)}`))
      .finally(() => this.closing.delete(closed));
    this.closing.add(closed);
  }

  /** A decision was taken: what is no longer trusted ends now, not with the next use. */
  private async look(directory: string): Promise<void> {
    if (!this.known.has(directory)) return;
    await this.of(directory).catch((thrown: unknown) => this.logger.error(`the language servers of ${directory}: ${messageOf(thrown)}`));
  }

  private server(known: Known, of: Configured, run: Run, root: string): LanguageServer {
    const key = JSON.stringify([of.id, run.program, run.args, root]);
    const existing = known.servers.get(key);
    if (existing) return existing.server;
    const { clock, logger, processes, secrets } = this;
    const { startMs, messageLimit, maxDocuments } = this.settings;
    const { id, name, extensions, source, settings } = of;
    const server = new LanguageServer({
      ...{ id, name, root, extensions, source, clock, logger, mask: (text: string) => secrets.mask(text) },
      open: async (signal) => {
        await this.makeRoom(server);
        const env = { ...plainEnvironment(process.env, secrets), ...of.env };
        return Session.open({ ...run, env, cwd: root, settings, processes, startMs, messageLimit, maxDocuments, signal });
      },
    });
    known.servers.set(key, { server, of });
    return server;
  }

  /** Ends the server that was not used for longest, where there are too many. */
  private async makeRoom(wanted: LanguageServer): Promise<void> {
    const running = this.all().filter((each) => each.running && each !== wanted);
    if (running.length < this.settings.maxServers) return;
    const [oldest] = running.filter((each) => !each.busy).sort((a, b) => a.usedAt - b.usedAt);
    if (!oldest) throw new Error(`${this.settings.maxServers} language servers run already, and all are in use (lsp.maxServers)`);
    await oldest.rest();
  }

  private async restIdle(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.clock.sleep(Math.min(lookEveryMs, this.settings.idleMs), signal);
      const since = this.clock.elapsed() - this.settings.idleMs;
      const idle = this.all().filter((each) => each.running && !each.busy && each.usedAt < since);
      await Promise.all(idle.map((each) => each.rest().catch(() => undefined)));
    }
  }

  private forgetUnused(): void {
    for (const [directory, { servers }] of this.known) {
      if (this.known.size <= mostKnown) return;
      if (![...servers.values()].some(({ server }) => server.running)) this.known.delete(directory);
    }
  }

  private all(): LanguageServer[] {
    return [...this.known.values()].flatMap(({ servers }) => [...servers.values()].map(({ server }) => server));
  }
}

function realDirectory(directory: string): string | undefined {
  try {
    return realpathSync(directory);
  } catch {
    return undefined;
  }
}

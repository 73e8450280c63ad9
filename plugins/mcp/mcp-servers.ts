import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { Clock, Config, inject, Logger, messageOf, plugin, Secrets, service } from 'dispatch/kernel';
import type { McpServerStatus } from 'dispatch/wire';
import { OwnedProcesses } from '../child-processes/contract.js';
import { Trust } from '../trust/contract.js';
import { addressProblem } from './address-guard.js';
import { type Configured, configured } from './configured.js';
import type { Definition } from './definition.js';
import { expandedDefinition } from './expand.js';
import { ServerConnection } from './server-connection.js';
import { openSession } from './session.js';
import { type Settings, settingsFrom } from './settings.js';
import { plainEnvironment, variablesOf } from './variables.js';

/** What a working directory has: the servers that may be used, and the state of every one that is configured. */
export interface DirectoryServers {
  /** By id, in an order that stays. */
  connections: ReadonlyMap<string, ServerConnection>;
  status(): McpServerStatus[];
}

/** The MCP servers of working directories. */
export interface McpServers {
  /** What is configured and trusted now. Starts nothing; cheap where nothing is configured. */
  of(directory: string): Promise<DirectoryServers>;
}
export const McpServers = service<McpServers>('dispatch.mcp-servers');

interface Plan extends DirectoryServers {
  /** What it was made of. */
  made: string;
}

const none: DirectoryServers = { connections: new Map(), status: () => [] };
/** Milliseconds after the start in which others have better things to do. */
const quietMs = 2_000;
/** Milliseconds between two looks for servers that nobody uses. */
const lookEveryMs = 30_000;

@plugin({ id: 'mcp', version: '0.1.0', provides: McpServers, capabilities: ['processes', 'network'] })
export class DirectoryMcpServers implements McpServers {
  private readonly settings: Settings;
  private readonly own: Readonly<Record<string, unknown>>;
  private readonly plans = new Map<string, Plan>();
  private readonly processes: OwnedProcesses;
  private readonly stopping = new AbortController();
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
    this.own = (config.value('mcpServers') ?? {}) as Readonly<Record<string, unknown>>;
    this.processes = new OwnedProcesses(config.text('dataDir'));
  }

  start(): void {
    this.unwatch = this.trust.onChange((directory) => void this.look(directory));
    void this.tidyUp();
  }

  async stop(): Promise<void> {
    this.unwatch?.();
    this.stopping.abort();
    const all = [...this.plans.values()].flatMap(({ connections }) => [...connections.values()]);
    await Promise.all([this.endOrphans(), ...all.map((connection) => connection.close())]);
  }

  async of(directory: string): Promise<DirectoryServers> {
    const real = realDirectory(directory);
    if (real === undefined || this.stopping.signal.aborted) return none;
    const files = await this.trust.brought('mcp', real);
    const made = files.map((file) => `${file.file} ${file.state} ${file.state === 'refused' ? file.reason : file.hash}`).join('\n');
    const known = this.plans.get(real);
    if (known?.made === made) return known;
    const servers = configured(files, this.own, real);
    if (servers.length === 0 && !known) return none;
    const plan = { made, ...this.planned(servers, real, known) };
    this.plans.set(real, plan);
    for (const [key, connection] of known?.connections ?? [])
      if (plan.connections.get(key) !== connection)
        connection.close().catch((thrown: unknown) => this.logger.warn(`an MCP server did not end: ${messageOf(thrown)}`));
    return plan;
  }

  /** A decision was taken: what is no longer trusted ends now, not with the next turn. */
  private async look(directory: string): Promise<void> {
    if (!this.plans.has(directory)) return;
    await this.of(directory).catch((thrown: unknown) => this.logger.error(`the MCP servers of ${directory}: ${messageOf(thrown)}`));
  }

  private planned(servers: readonly Configured[], directory: string, before: DirectoryServers | undefined): DirectoryServers {
    const connections = new Map<string, ServerConnection>();
    const states = servers.map((server) => {
      const usable = this.usable(server, directory);
      const base = { id: server.id, toolCount: 0, configSource: server.source };
      if (typeof usable === 'string')
        return (): McpServerStatus => ({ ...base, state: server.inert ? 'disconnected' : 'error', error: usable });
      if (!usable) return (): McpServerStatus => ({ ...base, state: 'disconnected' });
      // The same server, configured as it was, goes on.
      const key = JSON.stringify([server.id, server.source, usable]);
      const connection = before?.connections.get(key) ?? this.connection(server, usable, directory);
      connections.set(key, connection);
      return () => connection.status();
    });
    return { connections, status: () => states.map((state) => state()) };
  }

  /** The definition with everything filled in; undefined when it is switched off; a sentence when it cannot be used. */
  private usable({ definition, disabled, inert }: Configured, directory: string): Definition | string | undefined {
    if (inert !== undefined) return inert;
    if ('problem' in definition) return definition.problem;
    if (disabled) return undefined;
    try {
      const filled = expandedDefinition(definition, variablesOf(process.env, this.secrets));
      if (filled.kind === 'http') return addressProblem(filled.url) ?? filled;
      return { ...filled, cwd: resolve(directory, filled.cwd ?? '.') };
    } catch (thrown) {
      return messageOf(thrown);
    }
  }

  private connection({ id, source, fromProject }: Configured, definition: Definition, directory: string): ServerConnection {
    const { settings, processes, clock, logger } = this;
    const cwd = definition.kind === 'stdio' ? (definition.cwd ?? directory) : directory;
    return new ServerConnection({
      ...{ id, source, clock, logger, limits: settings, mask: (text) => this.secrets.mask(text) },
      open: async (way) => {
        // They may hold what the new one needs, a port or a lock.
        await Promise.all([this.makeRoom(), this.endOrphans()]);
        const environment = plainEnvironment(process.env, this.secrets);
        return openSession({ ...settings, ...way, definition, cwd, environment, fromProject, processes });
      },
    });
  }

  /** Ends the server that was not used for longest, where there are too many. */
  private async makeRoom(): Promise<void> {
    const running = this.all().filter((each) => each.running);
    if (running.length < this.settings.maxServers) return;
    const [oldest] = running.filter((each) => !each.busy).sort((a, b) => a.usedAt - b.usedAt);
    if (!oldest) throw new Error(`${this.settings.maxServers} MCP servers run already, and all are in use (mcp.maxServers)`);
    await oldest.rest();
  }

  /** A while after the start, ends what was left behind; then, again and again, what nobody uses. */
  private async tidyUp(): Promise<void> {
    const { signal } = this.stopping;
    await this.clock.sleep(quietMs, signal);
    if (!signal.aborted) await this.endOrphans();
    while (!signal.aborted) {
      await this.clock.sleep(lookEveryMs, signal);
      const since = this.clock.elapsed() - this.settings.idleMs;
      const idle = this.all().filter((each) => each.running && !each.busy && each.usedAt < since);
      await Promise.all(idle.map((each) => each.rest().catch(() => undefined)));
    }
  }

  /** Ends, once, the servers of a Dispatch server that was killed. */
  private endOrphans(): Promise<unknown> {
    this.orphans ??= this.processes.endOrphans().then(
      (count) => count > 0 && this.logger.warn(`ended ${count} processes of MCP servers that an earlier server had left running`),
      (thrown: unknown) => this.logger.warn(`what an earlier server left running could not be looked for: ${messageOf(thrown)}`),
    );
    return this.orphans;
  }

  private all(): ServerConnection[] {
    return [...this.plans.values()].flatMap(({ connections }) => [...connections.values()]);
  }
}

function realDirectory(directory: string): string | undefined {
  try {
    return realpathSync.native(directory);
  } catch {
    return undefined;
  }
}

/** What the tests of this plugin share: its real parts on a real database, and servers as real processes. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Clock, definePlugin, Secrets, type Tool, type ToolAnswer } from 'dispatch/kernel';
import { hostWith } from 'dispatch/testing';
import conversationStore from '../conversation-store/index.js';
import storage from '../storage-sqlite/index.js';
import { SurfaceUpdates } from '../surface-registry/contract.js';
import { Trust } from '../trust/contract.js';
import trust from '../trust/index.js';
import mcp from './index.js';
import { McpServers } from './mcp-servers.js';
import { McpTools } from './mcp-tools.js';

const require = createRequire(import.meta.url);
/** The program of a package's server. */
export const programOf = (name: string): string => join(dirname(require.resolve(`${name}/package.json`)), 'dist/index.js');
const odd = fileURLToPath(new URL('odd-server.fixture.mjs', import.meta.url));
/** An entry for the server that misbehaves. */
export const oddServer = (mode = '', env: Record<string, string> = {}) => ({ command: process.execPath, args: [odd, mode], env });

const clock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: (ms, signal) => wait(ms, undefined, { signal, ref: false }).catch(() => undefined),
};

const running = new Set<{ stop(): Promise<void> }>();
const folders: string[] = [];

export function folder(name = 'mcp'): string {
  const made = realpathSync(mkdtempSync(join(tmpdir(), `dispatch-${name}-`)));
  folders.push(made);
  return made;
}

/** A directory whose `.mcp.json` asks for these servers. */
export function project(mcpServers: Record<string, unknown>, file = '.mcp.json'): string {
  const directory = folder('project');
  mkdirSync(dirname(join(directory, file)), { recursive: true });
  writeFileSync(join(directory, file), JSON.stringify({ mcpServers }));
  return directory;
}

export const limits = {
  waitMs: 10_000,
  startMs: 10_000,
  callMs: 10_000,
  callLimitMs: 60_000,
  idleMs: 600_000,
  messageLimit: 8_388_608,
  maxServers: 32,
};

/** This plugin and what it needs, in this process. */
export async function mcpWith({
  own = {},
  secrets = [],
  dataDir = folder(),
  ...changed
}: { own?: Record<string, unknown>; secrets?: string[]; dataDir?: string } & Partial<typeof limits> = {}) {
  const known: Secrets = {
    add: () => undefined,
    mask: (text) => secrets.reduce((masked, secret) => masked.replaceAll(secret, '***'), text),
    withoutSecrets: (env) =>
      Object.fromEntries(Object.entries(env).filter(([name, value]) => value !== undefined && !/KEY|TOKEN/.test(name))) as Record<
        string,
        string
      >,
  };
  /** Surfaces that were said to have changed. */
  const shown: string[] = [];
  const updates = definePlugin({
    id: 'shown',
    provides: SurfaceUpdates,
    create: () => ({ changed: (surface: string) => void shown.push(surface) }),
  });
  const settings = Object.fromEntries(Object.entries({ ...limits, ...changed }).map(([name, value]) => [`mcp.${name}`, value]));
  const host = await hostWith([storage, conversationStore, updates, trust, mcp], {
    given: [
      [Clock, clock],
      [Secrets, known],
    ],
    config: { dataDir, db: join(dataDir, 'dispatch.db'), cwd: dataDir, mcpServers: own, 'turn.resultLimit': 50_000, ...settings },
  });
  const failed = host.status().filter(({ state }) => state !== 'active');
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
  const servers = host.get(McpServers);
  const filter = new McpTools(servers);
  const made = {
    host,
    shown,
    dataDir,
    servers,
    trust: host.get(Trust),
    /** The tools of a turn in this directory. */
    async tools(cwd: string, others: readonly Tool[] = []): Promise<readonly Tool[]> {
      return filter.filter(others, { conversationId: 'c', workspaceId: 'default', cwd, model: 'm' });
    },
    /** Calls a tool as a turn would. */
    async call(
      cwd: string,
      name: string,
      input: unknown = {},
      signal = new AbortController().signal,
    ): Promise<Exclude<ToolAnswer, string> & { output: string }> {
      const tool = (await made.tools(cwd)).find((each) => each.name === name);
      if (!tool) throw new Error(`no tool ${name}`);
      let output = '';
      const context = {
        conversationId: 'c',
        turnId: 't',
        toolCallId: 'x',
        cwd,
        readableRoots: [],
        signal,
        output: (data: string) => (output += data),
      };
      const answer = await tool.execute(input, context);
      return { ...(typeof answer === 'string' ? { content: answer, isError: false } : answer), output };
    },
    async trustAll(directory: string): Promise<void> {
      const { files } = await made.trust.view(directory);
      await made.trust.trust(
        directory,
        files.flatMap((file) => (file.state === 'waiting' ? [file.hash] : [])),
      );
    },
    status: async (cwd: string) => (await servers.of(cwd)).status(),
    async stop() {
      running.delete(made);
      await host.stop();
    },
  };
  running.add(made);
  return made;
}

export async function cleanUp(): Promise<void> {
  for (const each of running) await each.stop();
  for (const each of folders.splice(0)) await rm(each, { recursive: true, force: true });
}

/** Processes whose command line holds a text. */
export const processesWith = (text: string): number[] =>
  readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
    try {
      const state = readFileSync(`/proc/${pid}/stat`, 'latin1');
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text) && !/\) Z/.test(state) ? [Number(pid)] : [];
    } catch {
      return [];
    }
  });

export const alive = (pid: number): boolean => {
  try {
    return !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
};

/** Resolves as soon as it holds; a test that waits in vain ends by its own limit. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await wait(20);
}

/** What the tests of this plugin share: its real parts on a real database, and servers as real processes. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Clock, definePlugin, Secrets, type Tool, type ToolContext, Tools } from 'dispatch/kernel';
import { hostWith } from 'dispatch/testing';
import conversationStore from '../conversation-store/index.js';
import storage from '../storage-sqlite/index.js';
import { SurfaceUpdates } from '../surface-registry/contract.js';
import { Trust } from '../trust/contract.js';
import trust from '../trust/index.js';
import { WorkingFiles } from '../working-directory/contract.js';
import workingDirectory from '../working-directory/index.js';
import lsp from './index.js';
import { LspServers } from './lsp-servers.js';

// What `npm test` puts before it is not the user's: language servers of this project are found by those who ask for them.
process.env.PATH = (process.env.PATH ?? '')
  .split(':')
  .filter((folder) => !folder.endsWith('node_modules/.bin'))
  .join(':');

const require = createRequire(import.meta.url);
/** The folder of programs of the packages that are here for tests. */
export const programs = join(dirname(require.resolve('typescript/package.json')), '../.bin');
const odd = fileURLToPath(new URL('odd-server.fixture.mjs', import.meta.url));
/** An entry for the server that misbehaves; it is for `.odd` files. */
export const oddServer = (mode = '', env: Record<string, string> = {}) => ({
  command: [process.execPath, odd, mode],
  extensions: ['.odd'],
  env,
});
const typescriptServer = join(dirname(require.resolve('typescript-language-server/package.json')), 'lib/cli.mjs');
const pythonServer = join(dirname(require.resolve('pyright/package.json')), 'langserver.index.js');
export const typescript = { command: [process.execPath, typescriptServer, '--stdio'] };
export const python = { command: [process.execPath, pythonServer, '--stdio'] };

const clock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: (ms, signal) => wait(ms, undefined, { signal, ref: false }).catch(() => undefined),
};

const running = new Set<{ stop(): Promise<void> }>();
const folders: string[] = [];

/** A folder with these files. */
export function folder(files: Record<string, string> = {}): string {
  const made = realpathSync(mkdtempSync(join(tmpdir(), 'dispatch-lsp-')));
  folders.push(made);
  for (const [name, text] of Object.entries(files)) put(join(made, name), text);
  return made;
}

export function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const limits = {
  startMs: 30_000,
  requestMs: 30_000,
  diagnosticsMs: 30_000,
  afterEditMs: 30_000,
  idleMs: 600_000,
  maxServers: 8,
  maxDocuments: 50,
  messageLimit: 1_048_576,
};

/** This plugin and what it needs, in this process. */
export async function lspWith({
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
  const updates = definePlugin({ id: 'shown', provides: SurfaceUpdates, create: () => ({ changed: () => undefined }) });
  const settings = Object.fromEntries(Object.entries({ ...limits, ...changed }).map(([name, value]) => [`lsp.${name}`, value]));
  const host = await hostWith([storage, conversationStore, updates, trust, workingDirectory, lsp], {
    given: [
      [Clock, clock],
      [Secrets, known],
    ],
    config: {
      ...{ dataDir, db: join(dataDir, 'dispatch.db'), cwd: dataDir, 'lsp.servers': own, 'turn.resultLimit': 50_000 },
      ...{ 'tools.allowProtected': [], ...settings },
    },
  });
  const failed = host.status().filter(({ state }) => state !== 'active');
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
  const servers = host.get(LspServers);
  const tool = (host.get(Tools) as readonly Tool[]).find(({ name }) => name === 'lsp') as Tool;
  const context = (cwd: string, signal = new AbortController().signal): ToolContext => ({
    ...{ conversationId: 'c', turnId: 't', toolCallId: 'x', cwd, readableRoots: [], signal },
    output: () => undefined,
  });
  const made = {
    host,
    dataDir,
    servers,
    tool,
    trust: host.get(Trust),
    /** Calls the tool as a turn would. */
    async call(cwd: string, input: unknown, signal?: AbortSignal): Promise<{ content: string; isError: boolean }> {
      const answer = await tool.execute(input, context(cwd, signal));
      return typeof answer === 'string' ? { content: answer, isError: false } : answer;
    },
    ask: async (cwd: string, operation: string, path: string, line?: number, character?: number) =>
      (await made.call(cwd, { operation, path, ...(line && { line }), ...(character && { character }) })).content,
    /** Writes a file as a tool does; answers what was appended to its answer. */
    async edit(cwd: string, path: string, text: string): Promise<string> {
      const files = host.get(WorkingFiles);
      const there = readdirSync(dirname(join(cwd, path))).includes(path.split('/').pop() as string);
      return (await files.change(path, there ? 'file' : 'nothing', context(cwd), () => text)).notes;
    },
    async trustAll(directory: string): Promise<void> {
      const { files } = await made.trust.view(directory);
      await made.trust.trust(
        directory,
        files.flatMap((file) => (file.state === 'waiting' ? [file.hash] : [])),
      );
    },
    status: (cwd: string) => servers.status(cwd),
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

/** Living processes whose environment holds a text. */
export const processesWith = (text: string): number[] =>
  readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
    try {
      const state = readFileSync(`/proc/${pid}/stat`, 'latin1');
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(text) && !/\) Z/.test(state) ? [Number(pid)] : [];
    } catch {
      return [];
    }
  });

/** Resolves as soon as it holds; a test that waits in vain ends by its own limit. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await wait(20);
}

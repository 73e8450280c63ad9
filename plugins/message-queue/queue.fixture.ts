/** What the tests of the queue share: real plugins on a real database, and a provider that waits for the test. */
import { mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Clock, definePlugin, type StepPart, type StepRequest, type Tool, Tools } from 'dispatch/kernel';
import { hostWith } from 'dispatch/testing';
import { Conversations } from '../conversation-store/contract.js';
import conversationStore from '../conversation-store/index.js';
import { Models } from '../credential-store/contract.js';
import { Turns } from '../session-orchestrator/contract.js';
import sessionOrchestrator from '../session-orchestrator/index.js';
import storage from '../storage-sqlite/index.js';
import { SurfaceUpdates } from '../surface-registry/contract.js';
import { HttpServer } from '../transport-http/contract.js';
import transport from '../transport-http/open-transport.fixture.js';
import { MessageQueue } from './contract.js';
import messageQueue from './index.js';

const clock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const timer = setTimeout(resolve, ms);
      const wake = () => {
        clearTimeout(timer);
        resolve();
      };
      signal?.addEventListener('abort', wake, { once: true });
    }),
};

/** How a step of the model goes: an array of parts, once the test lets it. */
export type Reply = (request: StepRequest) => Promise<readonly StepPart[]>;

export const says = (text: string): StepPart[] => [
  { type: 'text', text },
  { type: 'finish', reason: 'stop' },
];
export const calls = (name = 'look'): StepPart[] => [
  { type: 'call', index: 0, id: 'c', name, input: JSON.stringify({ at: Math.random() }) },
  { type: 'finish', reason: 'tool_calls' },
];

/** Something to wait for, until the test opens it. */
export function gate() {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

const running = new Set<{ stop(): Promise<void> }>();
const folders: string[] = [];

export function dataFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dispatch-queue-')));
  folders.push(folder);
  return folder;
}

/** A server of these plugins in this process. Replies may be changed at any time. */
export async function serverWith(reply: Reply, dataDir = dataFolder(), more: readonly unknown[] = []) {
  const provider = { reply };
  const requests: StepRequest[] = [];
  async function* stream(_: unknown, request: StepRequest): AsyncGenerator<StepPart> {
    requests.push(request);
    const aborted = new Promise<never>((_, reject) =>
      request.signal.addEventListener('abort', () => reject(request.signal.reason), { once: true }),
    );
    aborted.catch(() => undefined);
    yield* await Promise.race([provider.reply(request), aborted]);
  }
  const bound = {
    ...{ name: 'fake/fake-1', model: 'fake-1', credential: { name: 'fake', provider: 'fake' } },
    provider: { kind: 'fake', stream, models: async () => [{ id: 'fake-1' }] },
  };
  const models = definePlugin({
    id: 'fake-models',
    provides: Models,
    create: () => ({ resolve: async () => bound, catalog: async () => ({ models: [bound.name] }) }),
  });
  const look: Tool = { name: 'look', description: 'Looks.', input: { type: 'object' }, execute: async () => 'seen' };
  const tool = definePlugin({ id: 'look', provides: Tools, create: () => look });
  /** Surface and conversation, each time a surface is said to have changed. */
  const shown: string[] = [];
  const updates = definePlugin({
    id: 'shown',
    provides: SurfaceUpdates,
    create: () => ({ changed: (surface: string, conversation?: string) => void shown.push(`${surface} ${conversation}`) }),
  });
  const host = await hostWith([updates, storage, conversationStore, sessionOrchestrator, models, tool, transport, messageQueue, ...more], {
    given: [[Clock, clock]],
    config: {
      ...{ dataDir, db: join(dataDir, 'dispatch.db'), cwd: dataDir, 'http.port': 0, 'http.host': '127.0.0.1' },
      ...{ 'http.allowedHosts': [], 'http.allowedOrigins': [], 'http.devPorts': [], 'http.bodyLimit': 16 * 1024 * 1024 },
      ...{ 'turn.maxSteps': 100, 'turn.maxConcurrentTools': 4, 'turn.eagerTools': true, 'turn.resultLimit': 50_000 },
      ...{ 'retry.tries': 1, 'retry.baseMs': 1, 'retry.maxMs': 1, 'retry.restarts': 0, 'retry.afterMaxMs': 1 },
      ...{ 'watchdog.firstByteMs': 60_000, 'watchdog.silenceMs': 60_000 },
    },
  });
  const failed = host.status().filter(({ state }) => state !== 'active');
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
  const turns = host.get(Turns);
  const conversations = host.get(Conversations);
  const server = {
    host,
    provider,
    requests,
    shown,
    dataDir,
    turns,
    conversations,
    queue: host.get(MessageQueue),
    url: `http://127.0.0.1:${host.get(HttpServer).port}`,
    async call(method: string, path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
      const answer = await fetch(server.url + path, {
        method,
        ...(body !== undefined && {
          headers: { 'content-type': 'application/json' },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
      });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    },
    /** What the user said, as it is stored: one text a message. */
    async said(id: string): Promise<string[]> {
      const { chunks } = await conversations.history(id, {});
      return chunks.flatMap(({ role, chunk }) => (role === 'user' && chunk.type === 'text' ? [chunk.text] : []));
    },
    /** Resolves when no turn runs and none follows by itself. */
    async quiet(id: string): Promise<void> {
      do {
        await turns.settled(id, 60_000);
        await server.queue.list(id);
        await new Promise((resolve) => setImmediate(resolve));
      } while (turns.running(id) !== undefined);
    },
    async stop() {
      running.delete(server);
      await turns.drain(0);
      await host.stop();
    },
  };
  running.add(server);
  return server;
}

export async function cleanUp(): Promise<void> {
  for (const server of running) await server.stop();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

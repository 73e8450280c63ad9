/** What the tests of the system prompt share: a host with the real database, conversations, models and HTTP. */
import { mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DispatchEvent, PromptFilters, type TurnContext } from 'dispatch/kernel';
import { hostWith } from 'dispatch/testing';
import { Conversations } from '../conversation-store/contract.js';
import conversationStore from '../conversation-store/index.js';
import credentialStore from '../credential-store/index.js';
import providerOffline from '../provider-offline/index.js';
import { Database } from '../storage-sqlite/contract.js';
import storage from '../storage-sqlite/index.js';
import { HttpServer } from '../transport-http/contract.js';
import transport from '../transport-http/open-transport.fixture.js';
import systemPrompt from './index.js';

const folders: string[] = [];
const stops: (() => Promise<void>)[] = [];

export function tempFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dispatch-system-prompt-')));
  folders.push(folder);
  return folder;
}

export async function cleanUp(): Promise<void> {
  for (const stop of stops.splice(0)) await stop();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

export async function started(dataDir = tempFolder(), cwd = tempFolder()) {
  const config = {
    ...{ 'http.port': 0, 'http.host': '127.0.0.1', 'http.allowedHosts': [], 'http.allowedOrigins': [], 'http.devPorts': [] },
    ...{ 'http.bodyLimit': 1024 * 1024, credentials: {}, 'tools.allowProtected': [] },
    ...{ dataDir, db: join(dataDir, 'dispatch.db'), cwd },
  };
  const host = await hostWith([storage, conversationStore, credentialStore, providerOffline, transport, systemPrompt], { config });
  const stop = async () => {
    const at = stops.indexOf(stop);
    if (at >= 0) stops.splice(at, 1);
    await host.stop();
  };
  stops.push(stop);
  const failed = host.status().filter(({ state }) => state === 'failed');
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
  const url = `http://127.0.0.1:${host.get(HttpServer).port}`;
  const conversations = host.get(Conversations);
  const [filter] = host.get(PromptFilters);
  if (!filter) throw new Error('the plugin fills no slot of prompts');
  return {
    host,
    stop,
    cwd,
    dataDir,
    conversations,
    database: host.get(Database),
    /** The system prompt a turn would get. */
    prompt: async (context: Partial<TurnContext> = {}) =>
      filter.filter('', { conversationId: 'c1', workspaceId: 'default', cwd, model: 'offline/echo', ...context }),
    ask: async (method: string, path: string, body?: unknown) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(url + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    },
  };
}

/** Stores a turn of one prompt, so that the conversation is known. */
export async function speak(conversations: Conversations, conversationId: string, turnId: string): Promise<void> {
  const turn = await conversations.openTurn({ conversationId, turnId, text: 'hello', at: 1_760_000_000_000 });
  const done: DispatchEvent = { type: 'done', conversationId, turnId, reason: 'stop' };
  await turn.record(done);
  await turn.seal('idle');
}

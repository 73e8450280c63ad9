/** What the tests of compaction share: a host with real storage, turns, HTTP, and a scripted provider on loopback. */
import { mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DispatchEvent, definePlugin, EventListeners } from 'dispatch/kernel';
import { hostWith } from 'dispatch/testing';
import type { ChatEvent, HistoryAnswer } from 'dispatch/wire';
import { type Reply, ScriptedProvider, type Seen } from '../../tests/scripted-provider.fixture.js';
import { Conversations } from '../conversation-store/contract.js';
import conversationStore from '../conversation-store/index.js';
import credentialStore from '../credential-store/index.js';
import providerOpenAi from '../provider-openai-compat/index.js';
import { Turns } from '../session-orchestrator/contract.js';
import orchestrator from '../session-orchestrator/index.js';
import storage from '../storage-sqlite/index.js';
import { HttpServer } from '../transport-http/contract.js';
import transport from '../transport-http/open-transport.fixture.js';
import compaction from './index.js';

const folders: string[] = [];
const stops: (() => Promise<unknown>)[] = [];

export async function cleanUp(): Promise<void> {
  for (const stop of stops.splice(0).reverse()) await stop();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

function tempFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dispatch-compaction-')));
  folders.push(folder);
  return folder;
}

const settings = {
  ...{ 'http.port': 0, 'http.host': '127.0.0.1', 'http.allowedHosts': [], 'http.allowedOrigins': [], 'http.devPorts': [] },
  ...{
    'http.bodyLimit': 1024 * 1024,
    'tools.allowProtected': [],
    'turn.maxSteps': 10,
    'turn.maxConcurrentTools': 4,
    'turn.eagerTools': true,
  },
  ...{ 'turn.resultLimit': 50_000, 'retry.tries': 1, 'retry.baseMs': 1, 'retry.maxMs': 1, 'retry.restarts': 0, 'retry.afterMaxMs': 1 },
  ...{ 'watchdog.connectMs': 30_000, 'watchdog.firstByteMs': 300_000, 'watchdog.silenceMs': 120_000 },
};

/** What the provider was asked to summarise with. */
export const isSummary = (seen: Seen): boolean => JSON.stringify(seen.body.messages).includes('<transcript>');

/** The same provider, saying how many tokens its first model takes in. */
async function withWindow(baseUrl: string, contextWindow: number): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url?.endsWith('/models')) {
      response.end(JSON.stringify({ data: [{ id: 'mock-1', context_window: contextWindow }, { id: 'mock-2' }] }));
      return;
    }
    const { method, headers } = request;
    request.pipe(
      forward(new URL(request.url ?? '', baseUrl), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

/** `more`: further plugins; `dataDir`: of a server that was stopped. */
export async function started({ more = [] as unknown[], contextWindow = 0, dataDir = tempFolder() } = {}) {
  const provider = await ScriptedProvider.listen();
  stops.push(() => provider.close());
  const baseURL = contextWindow > 0 ? await withWindow(provider.baseUrl, contextWindow) : provider.baseUrl;
  const cwd = tempFolder();
  const events: DispatchEvent[] = [];
  const onlooker = definePlugin({
    id: 'onlooker',
    provides: EventListeners,
    create: () => ({ onEvent: (event) => void events.push(event) }),
  });
  const config = {
    ...settings,
    ...{ dataDir, db: join(dataDir, 'dispatch.db'), cwd },
    credentials: { mock: { provider: 'openai-compat', baseURL, apiKey: 'sk-test-0123456789', defaultModel: 'mock-1' } },
  };
  const all = [storage, conversationStore, credentialStore, providerOpenAi, orchestrator, transport, compaction, onlooker, ...more];
  const host = await hostWith(all, { config });
  const failed = host.status().filter(({ state }) => state === 'failed');
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
  const stop = () => host.stop();
  stops.push(stop);
  const url = `http://127.0.0.1:${host.get(HttpServer).port}`;
  const ask = async (method: string, path: string, body?: unknown) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  return {
    host,
    stop,
    dataDir,
    cwd,
    provider,
    events,
    ask,
    conversations: host.get(Conversations),
    turns: host.get(Turns),
    async chat(message: string, conversationId = 'c'): Promise<ChatEvent[]> {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${url}/chat`, { method: 'POST', headers, body: JSON.stringify({ conversationId, message }) });
      if (answer.status !== 200) throw new Error(await answer.text());
      return (await answer.text())
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as ChatEvent);
    },
    history: async (id: string) => (await ask('GET', `/conversations/${id}`)).body as unknown as HistoryAnswer,
    /** Answers summaries this way, everything else with a long text. */
    summarising(reply: Reply, other: Reply = { text: ['word '.repeat(200)] }) {
      provider.script = (seen) => (isSummary(seen) ? reply : other);
    },
    /** So many turns of a question and a long answer. */
    async talk(turns: number) {
      for (let turn = 0; turn < turns; turn++) await this.chat(`question ${turn}`);
    },
  };
}

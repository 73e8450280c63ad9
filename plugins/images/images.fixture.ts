/** What the tests of pictures share: a host with real storage, turns and HTTP, and a scripted provider on loopback. */
import { mkdtempSync, realpathSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostWith } from 'dispatch/testing';
import type { HistoryAnswer } from 'dispatch/wire';
import { ScriptedProvider } from '../../tests/scripted-provider.fixture.js';
import conversationStore from '../conversation-store/index.js';
import credentialStore from '../credential-store/index.js';
import providerOpenAi from '../provider-openai-compat/index.js';
import orchestrator from '../session-orchestrator/index.js';
import storage from '../storage-sqlite/index.js';
import { HttpServer } from '../transport-http/contract.js';
import transport from '../transport-http/open-transport.fixture.js';
import images from './index.js';

const undo: (() => Promise<unknown>)[] = [];

export async function cleanUp(): Promise<void> {
  for (const each of undo.splice(0).reverse()) await each();
}

export function tempFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dispatch-images-')));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A picture of so many bytes that is one by its first. */
export const png = (size = 64, fill = 7): Buffer => {
  const bytes = Buffer.alloc(size, fill);
  bytes.write('\x89PNG\r\n\x1a\n', 'latin1');
  return bytes;
};
export const asUrl = (bytes: Buffer, type = 'image/png'): string => `data:${type};base64,${bytes.toString('base64')}`;

const settings = {
  ...{ 'http.port': 0, 'http.host': '127.0.0.1', 'http.allowedHosts': [], 'http.allowedOrigins': [], 'http.devPorts': [] },
  ...{
    'http.bodyLimit': 64 * 1024 * 1024,
    'plugins.settings': {},
    'turn.maxSteps': 10,
    'turn.maxConcurrentTools': 4,
    'turn.eagerTools': true,
  },
  ...{ 'turn.resultLimit': 50_000, 'retry.tries': 1, 'retry.baseMs': 1, 'retry.maxMs': 1, 'retry.restarts': 0, 'retry.afterMaxMs': 1 },
  ...{ 'watchdog.connectMs': 30_000, 'watchdog.firstByteMs': 300_000, 'watchdog.silenceMs': 120_000 },
};

/** The same provider, saying of its models: `mock-1` sees, `mock-2` does not, of any other nothing is known. */
async function withVision(baseUrl: string): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url?.endsWith('/models')) {
      const data = [
        { id: 'mock-1', vision: true },
        { id: 'mock-2', vision: false },
      ];
      response.end(JSON.stringify({ data }));
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
  undo.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
}

export async function started({ dataDir = tempFolder(), config = {} as Record<string, unknown> } = {}) {
  const provider = await ScriptedProvider.listen();
  undo.push(() => provider.close());
  const baseURL = await withVision(provider.baseUrl);
  const all = [storage, conversationStore, credentialStore, providerOpenAi, orchestrator, transport, images];
  const host = await hostWith(all, {
    config: {
      ...settings,
      ...{ dataDir, db: join(dataDir, 'dispatch.db'), cwd: tempFolder() },
      credentials: { mock: { provider: 'openai-compat', baseURL, apiKey: 'sk-test-0123456789', defaultModel: 'mock-1' } },
      ...config,
    },
  });
  const failed = host.status().filter(({ state }) => state === 'failed');
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
  const stop = () => host.stop();
  undo.push(stop);
  const url = `http://127.0.0.1:${host.get(HttpServer).port}`;
  const chat = async (body: Record<string, unknown>) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${url}/chat`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ conversationId: 'c', message: 'look', ...body }),
    });
    return { status: answer.status, text: await answer.text() };
  };
  return {
    host,
    url,
    stop,
    dataDir,
    provider,
    chat,
    history: async (id = 'c') => (await (await fetch(`${url}/conversations/${id}`)).json()) as HistoryAnswer,
    /** What the last request showed of its user messages. */
    shown: () =>
      provider.seen
        .at(-1)
        ?.body.messages.filter(({ role }) => role === 'user')
        .map(({ content }) => content),
    files: () => readdir(join(dataDir, 'images')).catch(() => []),
    folder: join(dataDir, 'images'),
  };
}

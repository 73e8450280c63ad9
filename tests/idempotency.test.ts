import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ChatEvent } from 'dispatch/wire';
import { folder, outline, RealServer } from './real-server.fixture.js';
import { textIn, whole } from './real-socket.fixture.js';
import { ScriptedProvider } from './scripted-provider.fixture.js';

const dataDir = folder('idempotency');
let provider: ScriptedProvider;
let server: RealServer;
const start = async () => {
  server = await RealServer.start({ providerUrl: provider.baseUrl, dataDir });
};
beforeAll(async () => {
  provider = await ScriptedProvider.listen();
  await start();
});
afterAll(async () => {
  await server.stop();
  await provider.close();
});

const post = (path: string, key: string, body: unknown) =>
  fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
  });
const eventsIn = async (answer: Response): Promise<ChatEvent[]> =>
  (await answer.text()).split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as ChatEvent]));
const prompts = async (id: string) =>
  (await server.history(id)).chunks.flatMap(({ role, chunk }) => (role === 'user' && chunk.type === 'text' ? [chunk.text] : []));
const plain = ['user-message', 'turn-start', 'text-delta', 'usage', 'step-complete', 'done', 'turn-sealed'];

test('H19: the same Idempotency-Key in parallel, while its turn runs, and afterwards: one turn, the same reply', async () => {
  provider.inTurn({ text: Array.from({ length: 30 }, (_, i) => `w${i} `), pace: 10 });
  const body = { conversationId: 'parallel', message: 'go' };
  const answers = await Promise.all(Array.from({ length: 8 }, () => post('/chat', 'key-1', body)));
  const all = await Promise.all([...answers, await post('/chat', 'key-1', body)].map(eventsIn));
  all.push(await eventsIn(await post('/chat', 'key-1', body)));
  for (const events of all) expect(whole(events)).toEqual(whole(all[0] ?? []));
  expect(outline(all.at(-1) ?? [])).toEqual(plain);
  expect([provider.seen.length, await prompts('parallel')]).toEqual([1, ['go']]);
});

test('a client that lost its answer asks again with its key and gets the turn from its first event', async () => {
  provider.inTurn({ text: Array.from({ length: 60 }, (_, i) => `w${i} `), pace: 10 });
  const body = { conversationId: 'lost', message: 'go' };
  const leaving = new AbortController();
  const headers = { 'content-type': 'application/json', 'idempotency-key': 'key-2' };
  const first = await fetch(`${server.url}/chat`, { method: 'POST', headers, body: JSON.stringify(body), signal: leaving.signal });
  await first.body?.getReader().read();
  leaving.abort();
  const events = await eventsIn(await post('/chat', 'key-2', body));
  expect(textIn(events)).toBe(Array.from({ length: 60 }, (_, i) => `w${i} `).join(''));
  expect([provider.seen.length, await prompts('lost')]).toEqual([1, ['go']]);
});

test('a key whose turn a crash has ended is answered with what there is of that turn', async () => {
  provider.inTurn({ text: Array.from({ length: 500 }, (_, i) => `w${i} `), pace: 10 });
  const body = { conversationId: 'crashed', message: 'go' };
  const first = await post('/chat', 'key-3', body);
  const reader = first.body?.getReader();
  let seen = '';
  while (!seen.includes('w120 ')) seen += Buffer.from((await reader?.read())?.value ?? []).toString();
  await server.kill();
  await reader?.cancel().catch(() => undefined);
  await start();
  const events = await eventsIn(await post('/chat', 'key-3', body));
  expect(outline(events)).toEqual(['user-message', 'turn-start', 'text-delta', 'done', 'turn-sealed']);
  expect(textIn(events)).toContain('w20 ');
  expect([provider.seen.length, await prompts('crashed')]).toEqual([1, ['go']]);
});

test('H19: however the server is killed, a request that comes again with its key never makes a second turn', async () => {
  provider.script = () => ({ text: ['a ', 'b ', 'c '], pace: 15 });
  for (let round = 0; round < 15; round++) {
    const id = `kill-${round}`;
    const way =
      round % 3 === 2 ? ([`/conversations/${id}/queue`, { text: id }] as const) : (['/chat', { conversationId: id, message: id }] as const);
    const first = post(way[0], id, way[1])
      .then(eventsIn)
      .catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 3 + Math.random() * 40));
    await server.kill();
    await first;
    await start();
    for (let again = 0; again < 2; again++) {
      const answer = await post(way[0], id, way[1]);
      expect(answer.status).toBe(200);
      await answer.text();
    }
    await server.get(`/conversations/${id}/last`);
    expect(await prompts(id)).toEqual([id]);
    expect((await server.get<{ turns: unknown[] }>(`/conversations/${id}/metrics`)).turns).toHaveLength(1);
  }
}, 120_000);

test('a key with another body is refused with 422, one that is no key with 400, and the hot path knows nothing of it', async () => {
  provider.inTurn({ text: ['ok'] });
  expect((await post('/chat', 'key-4', { conversationId: 'body', message: 'one' })).status).toBe(200);
  const other = await post('/chat', 'key-4', { conversationId: 'body', message: 'two' });
  expect([other.status, await other.json()]).toEqual([422, { error: expect.any(String), code: 'idempotency_key_reused' }]);
  expect((await post('/chat', 'no key', { message: 'one' })).status).toBe(400);
  expect((await server.chat({ conversationId: 'none', message: 'one' })).at(-1)?.type).toBe('turn-sealed');
});

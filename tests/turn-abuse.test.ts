import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AbortAnswer, HistoryAnswer, StatusAnswer } from 'dispatch/wire';
import { RealServer } from './real-server.fixture.js';
import { RealSocket, textIn } from './real-socket.fixture.js';
import { ScriptedProvider } from './scripted-provider.fixture.js';

let provider: ScriptedProvider;
let server: RealServer;
beforeAll(async () => {
  provider = await ScriptedProvider.listen();
  server = await RealServer.start({ providerUrl: provider.baseUrl });
});
afterAll(async () => {
  await server.stop();
  await provider.close();
});

const words = (count: number) => Array.from({ length: count }, (_, i) => `w${i} `);
const post = (path: string, body?: unknown, signal?: AbortSignal) =>
  fetch(server.url + path, {
    method: 'POST',
    signal,
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
const stop = (id: string) => server.post<AbortAnswer>(`/conversations/${id}/stop`);

test('H21: of many POST /chat on one conversation at once one runs, the others get 409 and leave no trace', async () => {
  provider.script = () => ({ text: words(10), pace: 5 });
  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => post('/chat', { conversationId: 'at-once', message: `${round}-${i}` })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 409)]);
    for (const answer of answers) await answer.text();
  }
  const { chunks } = await server.history('at-once');
  expect(chunks.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant', 'user', 'assistant']);
  expect(chunks.flatMap(({ role, chunk }) => (role === 'assistant' && 'text' in chunk ? [chunk.text] : []))).toEqual(
    Array.from({ length: 3 }, () => words(10).join('')),
  );
});

describe('H22: stop is 200 and idempotent', () => {
  test('H22: twice at once while a turn runs', async () => {
    provider.script = () => ({ text: words(500), pace: 10 });
    const stopping: Promise<AbortAnswer[]>[] = [];
    await server.chat({ conversationId: 'twice', message: 'go' }, ({ type }) => {
      if (type === 'text-delta' && stopping.length === 0) stopping.push(Promise.all([stop('twice'), stop('twice')]));
    });
    const answer = { conversationId: 'twice', abortedTurn: true };
    expect(await stopping[0]).toEqual([answer, answer]);
    expect(await stop('twice')).toEqual({ ...answer, abortedTurn: false });
  });

  test('H22: of an idle conversation, and of an id the server has never seen, which then is still unknown', async () => {
    provider.script = () => ({ text: ['ok'] });
    await server.chat({ conversationId: 'idle', message: 'go' });
    expect(await stop('idle')).toEqual({ conversationId: 'idle', abortedTurn: false });
    expect(await stop('unknown')).toEqual({ conversationId: 'unknown', abortedTurn: false });
    expect((await fetch(`${server.url}/conversations/unknown/status`)).status).toBe(404);
  });
});

test('H23: clients that go away in the middle do not stop their turns, which are stored whole', async () => {
  provider.script = () => ({ text: words(60), pace: 5 });
  const ids = Array.from({ length: 10 }, (_, i) => `gone-${i}`);
  const leaving = new AbortController();
  const answers = await Promise.all(ids.map((conversationId) => post('/chat', { conversationId, message: 'go' }, leaving.signal)));
  const sockets = await Promise.all(ids.map(() => RealSocket.open(server.url)));
  sockets.forEach((socket, i) => {
    socket.send({ type: 'chat.subscribe', conversationId: ids[i] as string });
  });
  await Promise.all(sockets.map((socket, i) => socket.shown(ids[i] as string, 'text-delta', 5)));
  leaving.abort();
  for (const socket of sockets) socket.ws.terminate();
  await Promise.all(answers.map((answer) => answer.text().catch(() => undefined)));
  for (const id of ids) {
    expect(await server.get(`/conversations/${id}/last`)).toMatchObject({ content: words(60).join(''), settled: true });
    expect(await server.get<StatusAnswer>(`/conversations/${id}/status`)).toMatchObject({ isActive: false, status: 'idle' });
  }
});

describe('H25: a window of the history', () => {
  const id = 'windows';
  const count = 14;
  const window = async (query: string) => {
    const answer = await fetch(`${server.url}/conversations/${id}?${query}`);
    return { status: answer.status, ...((await answer.json()) as HistoryAnswer) };
  };
  const seqs = ({ chunks }: HistoryAnswer) => chunks.map(({ seq }) => seq);
  const range = (from: number, to: number) => Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

  beforeAll(async () => {
    provider.script = (_, nth) => ({ text: [`answer ${nth}`] });
    for (let turn = 0; turn < count / 2; turn++) await server.chat({ conversationId: id, message: `prompt ${turn}` });
  });

  test('H25: since each number is the exact tail, without gap or duplicate', async () => {
    const { chunks } = await server.history(id);
    expect(seqs({ chunks } as HistoryAnswer)).toEqual(range(1, count + 1));
    for (let since = 0; since <= count; since++) {
      const answer = await window(`sinceSeq=${since}`);
      expect(answer.chunks).toEqual(chunks.slice(since));
      expect(answer.latestSeq).toBe(count);
    }
  });

  test('H25: since a number that has not come yet is empty, and its latestSeq is that number', async () => {
    expect(await window('sinceSeq=1000')).toEqual({ status: 200, chunks: [], latestSeq: 1000, epoch: 0 });
  });

  test('H25: backwards, page by page, is the whole log once', async () => {
    const pages: number[][] = [];
    for (let before = count + 1; before > 1; before = pages[0]?.[0] ?? 1) pages.unshift(seqs(await window(`beforeSeq=${before}&limit=4`)));
    expect(pages.flat()).toEqual(range(1, count + 1));
  });

  test('H25: since and before together are what lies between, and a limit keeps the newest of it', async () => {
    for (const [since, before, limit] of [
      [0, 3, 10],
      [3, 9, 2],
      [5, 6, 1],
      [9, 4, 3],
      [13, 100, 5],
    ] as const) {
      const all = range(since + 1, Math.min(before, count + 1));
      expect(seqs(await window(`sinceSeq=${since}&beforeSeq=${before}&limit=${limit}`))).toEqual(all.slice(-limit));
    }
  });

  test('H25: of an id the server has never seen it is empty', async () => {
    const answer = await fetch(`${server.url}/conversations/never-seen?sinceSeq=5`);
    expect([answer.status, await answer.json()]).toEqual([200, { chunks: [], latestSeq: 5, epoch: 0 }]);
  });

  test('H25: asked again and again while a turn runs, the tails together are the log', async () => {
    provider.script = (_, nth) =>
      nth === 0
        ? { text: words(20), pace: 5, calls: [{ name: 'run_shell', args: { command: 'sleep 0.1; echo hi' } }] }
        : { text: words(20), pace: 5 };
    provider.seen.length = 0;
    const tails: HistoryAnswer['chunks'] = [];
    let running = true;
    const turn = server.chat({ conversationId: 'tails', message: 'go' }).finally(() => {
      running = false;
    });
    const more = async () =>
      tails.push(...(await server.get<HistoryAnswer>(`/conversations/tails?sinceSeq=${tails.at(-1)?.seq ?? 0}`)).chunks);
    while (running) await more();
    await more();
    expect(tails).toEqual((await server.history('tails')).chunks);
    expect(textIn(await turn)).toBe(words(20).join('').repeat(2));
  });

  test.each([
    'limit=-1',
    'limit=1e9',
    'limit=NaN',
    'sinceSeq=99999999999999999999',
    'limit=0',
    'beforeSeq=0',
    'sinceSeq=-1',
    'sinceSeq=1&sinceSeq=2',
  ])('H18: %s is 400', async (query) => {
    expect((await fetch(`${server.url}/conversations/${id}?${query}`)).status).toBe(400);
  });
});

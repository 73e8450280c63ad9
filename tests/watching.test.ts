import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ChatEvent, StoredChunk } from 'dispatch/wire';
import { outline, RealServer } from './real-server.fixture.js';
import { RealSocket, textIn, whole } from './real-socket.fixture.js';
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

const words = (count: number) => Array.from({ length: count }, (_, i) => `word-${i} `);
const plain = ['user-message', 'turn-start', 'text-delta', 'usage', 'step-complete', 'done', 'turn-sealed'];

/** A socket that watches a conversation. */
async function watching(conversationId: string): Promise<RealSocket> {
  const socket = await RealSocket.open(server.url);
  socket.send({ type: 'chat.subscribe', conversationId });
  return socket;
}

test('two sockets and an NDJSON client on one running conversation see the same events', async () => {
  provider.inTurn(
    { thinking: ['hm'], text: words(20), pace: 5, calls: [{ name: 'run_shell', args: { command: 'echo out; sleep 0.05; echo more' } }] },
    { text: words(20), pace: 5 },
  );
  const sockets = [await watching('same'), await watching('same')];
  for (const socket of sockets) await socket.settle();
  const events = await server.chat({ conversationId: 'same', message: 'go' });
  for (const socket of sockets) {
    await socket.shown('same', 'turn-sealed');
    expect(whole(socket.events('same'))).toEqual(whole(events));
    await socket.close();
  }
  expect(outline(events)).toContain('tool-output');
  expect(textIn(events)).toBe(words(20).join('').repeat(2));
});

test('a socket that joins late gets the turn from its first event, and nothing twice', async () => {
  provider.inTurn({ text: words(60), pace: 5 });
  const early = await watching('late');
  early.send({ type: 'chat.send', conversationId: 'late', message: 'go' });
  await early.shown('late', 'text-delta', 20);
  const late = await watching('late');
  late.send({ type: 'chat.subscribe', conversationId: 'late' });
  for (const socket of [early, late]) await socket.shown('late', 'turn-sealed');
  expect(outline(late.events('late'))).toEqual(plain);
  expect(whole(late.events('late'))).toEqual(whole(early.events('late')));
  expect(textIn(late.events('late'))).toBe(words(60).join(''));
  for (const socket of [early, late]) await socket.close();
});

test('a socket that drops and comes back loses nothing when it reads the history and then subscribes', async () => {
  provider.script = (_, nth) => ({ text: words(40).map((word) => `${nth}-${word}`), pace: 5 });
  provider.seen.length = 0;
  let socket = await watching('drops');
  socket.send({ type: 'chat.send', conversationId: 'drops', message: 'turn 0' });
  /** What a client shows: the log as far as it knows it, and the running turn's events after it. */
  const client = { log: [] as StoredChunk[], running: [] as ChatEvent[] };
  for (let turn = 0; turn < 3; turn++) {
    await socket.shown('drops', 'text-delta', 10);
    socket.ws.terminate();
    await socket.closed;
    if (turn === 2) await server.get('/conversations/drops/last'); // the last one ends while nobody looks
    socket = await watching('drops');
    await socket.settle();
    const since = client.log.at(-1)?.seq ?? 0;
    const tail = await server.get<{ chunks: StoredChunk[] }>(`/conversations/drops?sinceSeq=${since}`);
    client.log.push(...tail.chunks);
    client.running = socket.events('drops');
    if (turn === 2) break;
    await socket.shown('drops', 'turn-sealed');
    socket.send({ type: 'chat.send', conversationId: 'drops', message: `turn ${turn + 1}` });
    await socket.until(() => socket.events('drops').some((event) => event.type === 'user-message' && event.text === `turn ${turn + 1}`));
    socket.got.length = 0;
  }
  expect(client.running).toEqual([]);
  expect(client.log.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(client.log).toEqual((await server.history('drops')).chunks);
  expect(client.log.map(({ chunk }) => (chunk.type === 'text' ? chunk.text : ''))).toEqual(
    [0, 1, 2].flatMap((turn) => [
      `turn ${turn}`,
      words(40)
        .map((word) => `${turn}-${word}`)
        .join(''),
    ]),
  );
  await socket.close();
});

test('of a socket that comes back in the middle of a turn, history and replay together are the whole turn', async () => {
  provider.inTurn({ text: words(80), pace: 5 });
  const first = await watching('middle');
  first.send({ type: 'chat.send', conversationId: 'middle', message: 'go' });
  await first.shown('middle', 'text-delta', 30);
  first.ws.terminate();
  const second = await watching('middle');
  await second.shown('middle', 'turn-sealed');
  const [begun] = second.events('middle');
  expect(begun).toMatchObject({ type: 'user-message', text: 'go' });
  expect(textIn(second.events('middle'))).toBe(words(80).join(''));
  const { chunks } = await server.history('middle');
  expect(chunks.map(({ chunk }) => (chunk.type === 'text' ? chunk.text : ''))).toEqual(['go', words(80).join('')]);
  await second.close();
});

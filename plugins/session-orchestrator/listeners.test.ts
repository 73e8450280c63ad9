import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { shown, startChat } from './chat.socket.fixture.js';
import type { EventHub } from './event-hub.js';

let chat: Awaited<ReturnType<typeof startChat>>;
beforeEach(async () => {
  chat = await startChat();
});
afterEach(() => chat.stop());

/** Hubs that are kept, and the watchers of each: what must not grow with clients that have gone. */
function listeners(): number[] {
  const { hubs } = chat.turns as unknown as { hubs: ReadonlyMap<string, EventHub> };
  return [...hubs.values()].map((hub) => (hub as unknown as { readers: ReadonlySet<unknown> }).readers.size);
}
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
const post = (body: object, signal?: AbortSignal) =>
  fetch(`${chat.url}/chat`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal });

test('H23: of clients that go away in the middle no listener is left, and of a turn that ended no hub', async () => {
  const leaving = new AbortController();
  await post({ conversationId: 'c', message: 'hi' }, leaving.signal);
  const sockets = [await chat.open(), await chat.open()];
  for (const socket of sockets) socket.send({ type: 'chat.subscribe', conversationId: 'c' });
  chat.puppet.say('one ');
  for (const socket of sockets) await shown(socket, 'c', { text: 'one ' });
  expect(listeners()).toEqual([3]);
  leaving.abort();
  await until(() => listeners()[0] === 2);
  sockets[0]?.ws.terminate();
  await until(() => listeners()[0] === 1);
  sockets[1]?.send({ type: 'chat.unsubscribe', conversationId: 'c' });
  await until(() => listeners()[0] === 0);
  expect(chat.turns.running('c')).toBeDefined();
  chat.puppet.say('two');
  chat.puppet.stop();
  await chat.turns.settled('c', 60_000);
  await until(() => listeners().length === 0);
  expect(await (await fetch(`${chat.url}/conversations/c/last`)).json()).toMatchObject({ content: 'one two' });
});

test('W06: sockets that watch conversations in which nothing runs leave no hub behind', async () => {
  const socket = await chat.open();
  for (let i = 0; i < 500; i++) socket.send({ type: 'chat.subscribe', conversationId: `c${i}` });
  await socket.settle();
  expect(listeners()).toHaveLength(500);
  socket.close();
  await until(() => listeners().length === 0);
});

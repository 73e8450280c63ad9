import { afterEach, expect, test } from '@jest/globals';
import { testClock } from 'dispatch/testing';
import * as z from 'zod';
import { MessageRefused, type SocketClient, type SocketHandler, type SocketMessage, socketMessage } from './contract.js';
import { type SocketServer, startSockets } from './socket-server.fixture.js';

let server: SocketServer;
afterEach(() => server.stop());

test('what concerns everybody goes to every socket, what concerns a turn to none', async () => {
  server = await startSockets();
  const clients = [await server.open(), await server.open({ http: true })];
  server.sockets.onEvent({ type: 'turn-start', conversationId: 'c', turnId: 't' });
  server.sockets.onEvent({ type: 'status', conversationId: 'c', status: 'active' });
  const told = [
    { type: 'conversation.open', conversationId: 'c', workspaceId: 'default' },
    { type: 'conversation.statusChanged', conversationId: 'c', status: 'active', workspaceId: 'default' },
    { type: 'conversation.compacted', conversationId: 'c', newConversationId: 'd', messagesSummarized: 3, messagesKept: 1 },
  ] as const;
  for (const event of told) server.sockets.onEvent(event);
  for (const client of clients) {
    await client.settle();
    expect(client.got).toEqual(told);
  }
});

test('with many sockets news are gathered, and every socket gets all of them in order', async () => {
  server = await startSockets();
  const clients = await Promise.all(Array.from({ length: 40 }, () => server.open()));
  const told = Array.from(
    { length: 200 },
    (_, i) => ({ type: 'conversation.open', conversationId: `c${i}`, workspaceId: 'default' }) as const,
  );
  for (const event of told) {
    server.sockets.onEvent(event);
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const client of clients) {
    await client.message('conversation.open', ({ conversationId }) => conversationId === 'c199');
    expect(client.got).toEqual(told);
  }
});

test('refusals are told in the words of the part they belong to, what nobody foresaw is not told', async () => {
  const throwing = (type: string, thrown: unknown) =>
    socketMessage({
      type,
      schema: z.looseObject({}),
      handle: () => {
        throw thrown;
      },
    });
  const storage = Object.assign(new Error('the disk is full'), { name: 'StorageError' });
  server = await startSockets([
    {} as SocketHandler, // what plain JavaScript may hand in
    { messages: [{ type: 'plain' } as SocketMessage] },
    { messages: [throwing('chat.refused', new MessageRefused('not now')), throwing('chat.stored', storage)] },
    { messages: [throwing('refused', new MessageRefused('no such surface')), throwing('broken', new Error('secret'))] },
    { messages: [throwing('refused', new Error('comes second'))] },
  ]);
  const client = await server.open();
  client.send({ type: 'chat.refused', conversationId: 'c' });
  client.send({ type: 'chat.stored' });
  client.send({ type: 'refused', surfaceId: 's' });
  client.send({ type: 'refused', surfaceId: 7 });
  client.send({ type: 'broken' });
  client.send({ type: 'plain' });
  await client.settle();
  expect(client.got).toEqual([
    { type: 'chat.error', conversationId: 'c', message: 'not now' },
    { type: 'chat.error', message: 'the disk is full' },
    { type: 'error', surfaceId: 's', message: 'no such surface' },
    { type: 'error', message: 'no such surface' },
    { type: 'error', message: 'the server failed to answer this; its log says why' },
    { type: 'error', message: 'the server failed to answer this; its log says why' },
  ]);
  expect(server.logger.records).toEqual([
    'error a message of the type "broken" could not be answered: secret',
    expect.stringMatching(/^error a message of the type "plain" could not be answered: /),
  ]);
});

test('handlers are greeted with each socket, those that come later too; one that fails harms nobody', async () => {
  const clock = testClock();
  const greeted: string[] = [];
  const handler = (name: string): SocketHandler => ({
    messages: [],
    connected: (_client, request) => void greeted.push(`${name} ${request.url}`),
  });
  const failing: SocketHandler = {
    messages: [],
    connected: () => {
      throw new Error('no');
    },
  };
  server = await startSockets([handler('first'), failing], { clock });
  const client = await server.open({ http: true });
  server.handlers.push(handler('late'));
  await clock.advance(5_000);
  await client.settle();
  expect(greeted).toEqual(['first /ws', 'late /ws']);
  expect(server.logger.records).toEqual(['error a handler failed to greet a socket: no']);
});

test('a client that does not read is spared, then closed with 1013; the others are served all the while', async () => {
  const clients: SocketClient[] = [];
  server = await startSockets([{ messages: [], connected: (client) => void clients.push(client) }]);
  const slow = await server.open();
  const quick = await server.open();
  slow.ws.pause();
  let drained = 0;
  const piece = Buffer.from(JSON.stringify({ type: 'error', message: 'x'.repeat(512 * 1024) }));
  const send = () => clients[0]?.sendPrepared([piece, piece], () => drained++);
  while (send()) await quick.settle();
  slow.ws.resume();
  while (drained === 0) await slow.more();
  expect(drained).toBe(1);

  slow.ws.pause();
  let gone = false;
  clients[0]?.onClose(() => {
    gone = true;
  });
  while (!gone) {
    send();
    await quick.settle();
  }
  slow.ws.resume();
  expect((await slow.closed).code).toBe(1013);
  expect(send()).toBe(false);
  quick.close();
  expect((await quick.closed).code).toBe(1005);
});

test('so many messages of one socket are answered at once that others are not held up, and none is lost', async () => {
  let running = 0;
  let most = 0;
  const releases: (() => void)[] = [];
  const slow = socketMessage({
    type: 'slow',
    schema: z.object({ pad: z.string() }),
    handle: async (_message, client) => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => releases.push(resolve));
      running--;
      client.send({ type: 'error', message: 'done' });
    },
  });
  server = await startSockets([{ messages: [slow] }]);
  const [busy, other] = [await server.open(), await server.open()];
  const pad = 'x'.repeat(100_000); // more than one read of the connection brings
  for (let i = 0; i < 200; i++) busy.send({ type: 'slow', pad });
  while (busy.got.length < 200) {
    await other.settle();
    releases.shift()?.();
  }
  expect(busy.got.length).toBe(200);
  expect(most).toBeLessThan(80);
});

test('W11: a stop closes every socket with 1001 and says to come back; one that does not answer is cut', async () => {
  const clock = testClock();
  server = await startSockets([], { clock });
  const [polite, deaf] = [await server.open(), await server.open({ http: true })];
  deaf.ws.pause();
  const stopped = server.stop();
  expect(await polite.closed).toEqual({ code: 1001, reason: 'the server is stopping: reconnect in a few seconds' });
  await clock.advance(2_000);
  await stopped;
  deaf.ws.resume();
  await deaf.closed;
  await expect(server.open()).rejects.toThrow();
  server = await startSockets();
});

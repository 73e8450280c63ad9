import { afterEach, expect, test } from '@jest/globals';
import type { ChatEvent } from 'dispatch/wire';
import { type SocketClient, SocketHandlers } from '../transport-ws/contract.js';
import { cleanUp, gate, says, serverWith } from './queue.fixture.js';

afterEach(cleanUp);

async function busy() {
  const server = await serverWith(async ({ conversationId }) => {
    if (conversationId === 'c') await gate().opened;
    return says('ok');
  });
  await server.turns.begin({ conversationId: 'c', message: 'go' });
  const all = server.host.get(SocketHandlers).flatMap(({ messages }) => messages);
  const told: ChatEvent[] = [];
  const client: SocketClient = {
    id: 'socket',
    send: () => undefined,
    sendPrepared: (messages) => {
      told.push(...messages.map((message) => JSON.parse(String(message)).event as ChatEvent));
      return true;
    },
    close: () => undefined,
    onClose: () => undefined,
  };
  /** As the transport does it: the message is checked first. */
  const send = async (type: string, message: unknown) => {
    const found = all.find((each) => each.type === type);
    await found?.handle(found.schema.parse(message), client);
  };
  return { ...server, send, told };
}

test('chat.queue queues while a turn runs, and starts one where none does', async () => {
  const { send, queue, quiet, said } = await busy();
  await send('chat.queue', { conversationId: 'c', text: 'hi' });
  expect((await queue.list('c')).map(({ text }) => text)).toEqual(['hi']);
  await send('chat.queue', { conversationId: 'd', text: 'hello', workspaceId: 'w' });
  await quiet('d');
  expect(await said('d')).toEqual(['hello']);
});

test('chat.queue shows its socket the turn that it starts, and not one that it only queues for', async () => {
  const { send, quiet, told } = await busy();
  await send('chat.queue', { conversationId: 'c', text: 'hi' });
  await send('chat.queue', { conversationId: 'd', text: 'hello' });
  await quiet('d');
  while (told.at(-1)?.type !== 'turn-sealed') await new Promise((resolve) => setImmediate(resolve));
  expect(new Set(told.map(({ conversationId }) => conversationId))).toEqual(new Set(['d']));
  expect(told.map(({ type }) => type)).toEqual(expect.arrayContaining(['user-message', 'text-delta', 'done', 'turn-sealed']));
  expect(told.filter(({ type }) => type === 'turn-sealed')).toHaveLength(1);
});

test('chat.queue says why a text cannot be queued', async () => {
  const { send } = await busy();
  await expect(send('chat.queue', { conversationId: 'c', text: '' })).rejects.toMatchObject({
    name: 'MessageRefused',
    message: 'the text is blank; say what the model should be told',
  });
});

test('chat.queue.cancel is silent, also when the message is gone', async () => {
  const { send, queue } = await busy();
  const [first] = (await queue.add('c', 'hi')).queue;
  await send('chat.queue.cancel', { conversationId: 'c', messageId: first?.id });
  await send('chat.queue.cancel', { conversationId: 'c', messageId: first?.id });
  expect(await queue.list('c')).toEqual([]);
});

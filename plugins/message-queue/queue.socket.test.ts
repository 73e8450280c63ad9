import { afterEach, expect, test } from '@jest/globals';
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
  /** As the transport does it: the message is checked first. */
  const send = async (type: string, message: unknown) => {
    const found = all.find((each) => each.type === type);
    await found?.handle(found.schema.parse(message), {} as SocketClient);
  };
  return { ...server, send };
}

test('chat.queue queues while a turn runs, and starts one where none does', async () => {
  const { send, queue, quiet, said } = await busy();
  await send('chat.queue', { conversationId: 'c', text: 'hi' });
  expect((await queue.list('c')).map(({ text }) => text)).toEqual(['hi']);
  await send('chat.queue', { conversationId: 'd', text: 'hello', workspaceId: 'w' });
  await quiet('d');
  expect(await said('d')).toEqual(['hello']);
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

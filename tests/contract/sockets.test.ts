import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ChatEvent, ClientMessage, ServerMessage } from 'dispatch/wire';
import { TestClient } from '../../plugins/transport-ws/socket-server.fixture.js';
import { RealServer } from '../real-server.fixture.js';
import { ScriptedProvider } from '../scripted-provider.fixture.js';
import { serverMessage } from './server-message.fixture.js';

let provider: ScriptedProvider;
let server: RealServer;
let client: TestClient;
let release: () => void = () => undefined;
beforeAll(async () => {
  provider = await ScriptedProvider.listen();
  provider.script = ({ raw }) =>
    raw.includes('wait for it') ? { hold: new Promise<void>((resolve) => (release = resolve)) } : { text: ['o', 'k'] };
  server = await RealServer.start({ providerUrl: provider.baseUrl });
}, 60_000);
afterAll(async () => {
  await server.stop();
  await provider.close();
});
beforeEach(async () => {
  client = await TestClient.open(`ws://127.0.0.1:${server.port}/ws`);
});
/** Whatever a test was about: all that came was of the contract, member by member. */
afterEach(async () => {
  const strange = client.got.filter((message) => {
    const { data } = serverMessage.safeParse(message);
    return JSON.stringify(sorted(data)) !== JSON.stringify(sorted(message));
  });
  expect(strange).toEqual([]);
  client.close();
  await client.closed;
});

/** With the members in one order: what was not in the schema is gone from one of the two. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, each]) => [key, sorted(each)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
};

const send = (message: ClientMessage) => client.send(message);
const sealed = (conversationId: string) =>
  client.message('chat.delta', ({ event }) => event.type === 'turn-sealed' && event.conversationId === conversationId);
const eventsOf = (conversationId: string): ChatEvent[] =>
  client.got.flatMap((each) => (each.type === 'chat.delta' && each.event.conversationId === conversationId ? [each.event] : []));
/** Only what answers this socket's messages: broadcasts and catalogs left out. */
const answers = () => client.got.filter(({ type }) => type === 'error' || type === 'chat.error');
const surfaceOf = (id: string) =>
  client.message('surface', ({ spec }) => spec.id === id) as Promise<Extract<ServerMessage, { type: 'surface' }>>;

describe('a client sends', () => {
  test('chat.send: a turn starts, and all of it comes as chat.delta', async () => {
    send({ type: 'chat.send', conversationId: 'sent', message: 'hi', reasoningEffort: 'low', workspaceId: 'default' });
    await sealed('sent');
    expect(
      eventsOf('sent')
        .map(({ type }) => type)
        .filter((type) => type !== 'status'),
    ).toEqual(['user-message', 'turn-start', 'text-delta', 'text-delta', 'usage', 'step-complete', 'done', 'turn-sealed']);
  });

  test('chat.subscribe and chat.unsubscribe: what runs is shown from its first event, and no more afterwards', async () => {
    const running = server.chat({ conversationId: 'watched', message: 'wait for it' });
    await client.message('conversation.statusChanged', ({ conversationId }) => conversationId === 'watched');
    send({ type: 'chat.subscribe', conversationId: 'watched' });
    await client.message('chat.delta', ({ event }) => event.type === 'turn-start');
    expect(eventsOf('watched').find(({ type }) => type !== 'status')?.type).toBe('user-message');
    send({ type: 'chat.unsubscribe', conversationId: 'watched' });
    await client.settle();
    const seen = eventsOf('watched').length;
    release();
    await running;
    await client.settle();
    expect(eventsOf('watched')).toHaveLength(seen);
  });

  test('chat.queue and chat.queue.cancel: the queue surface shows the message, then does not', async () => {
    const running = server.chat({ conversationId: 'queued', message: 'wait for it' });
    await client.message('conversation.statusChanged', ({ conversationId }) => conversationId === 'queued');
    const { catalog } = await client.message('catalog');
    const queue = catalog.find(({ id }) => id.includes('queue'))?.id as string;
    send({ type: 'subscribe', surfaceId: queue, conversationId: 'queued' });
    await surfaceOf(queue);
    send({ type: 'chat.queue', conversationId: 'queued', text: 'and this', workspaceId: 'default' });
    await client.message('update', ({ update }) => JSON.stringify(update).includes('and this'));
    const [waiting] = (await server.get<{ queue: { id: string }[] }>('/conversations/queued/queue')).queue;
    send({ type: 'chat.queue.cancel', conversationId: 'queued', messageId: waiting?.id as string });
    await client.message('update', ({ update }) => !JSON.stringify(update).includes('and this'));
    send({ type: 'chat.queue.cancel', conversationId: 'queued', messageId: waiting?.id as string });
    await client.settle();
    expect(answers()).toEqual([]);
    release();
    await running;
  });

  test('subscribe, invoke and unsubscribe: a surface, its change, and no more afterwards', async () => {
    await server.chat({ conversationId: 'warm', message: 'hi' });
    const scope = { surfaceId: 'cache-warming', conversationId: 'warm' };
    send({ type: 'subscribe', ...scope });
    expect(await surfaceOf('cache-warming')).toMatchObject({ conversationId: 'warm' });
    send({ type: 'invoke', ...scope, actionId: 'cache-warming/set-interval', payload: 120 });
    const { update } = await client.message('update');
    expect(update).toMatchObject({ surfaceId: 'cache-warming', conversationId: 'warm' });
    send({ type: 'unsubscribe', ...scope });
    await client.settle();
    const seen = client.got.length;
    send({ type: 'invoke', ...scope, actionId: 'cache-warming/set-interval', payload: 130 });
    await client.settle();
    expect(client.got).toHaveLength(seen);
  });
});

describe('what is wrong with a message is answered, and the socket stays open', () => {
  test.each<[string, object, Partial<ServerMessage>]>([
    ['chat.send without a message', { type: 'chat.send', conversationId: 'c' }, { type: 'chat.error', conversationId: 'c' }],
    [
      'chat.send with an empty message',
      { type: 'chat.send', conversationId: 'c', message: ' ' },
      { type: 'chat.error', conversationId: 'c' },
    ],
    ['chat.send with an id that breaks its pattern', { type: 'chat.send', conversationId: 'a\nb', message: 'x' }, { type: 'chat.error' }],
    ['chat.send with an unknown effort', { type: 'chat.send', message: 'x', reasoningEffort: 'banana' }, { type: 'chat.error' }],
    ['chat.subscribe without a conversation', { type: 'chat.subscribe' }, { type: 'chat.error' }],
    ['chat.subscribe with a number', { type: 'chat.subscribe', conversationId: 7 }, { type: 'chat.error' }],
    ['chat.unsubscribe without a conversation', { type: 'chat.unsubscribe' }, { type: 'chat.error' }],
    ['chat.queue without a text', { type: 'chat.queue', conversationId: 'c' }, { type: 'chat.error', conversationId: 'c' }],
    ['chat.queue with a blank text', { type: 'chat.queue', conversationId: 'c', text: ' ' }, { type: 'chat.error', conversationId: 'c' }],
    [
      'chat.queue with a workspace that cannot be',
      { type: 'chat.queue', conversationId: 'c', text: 'x', workspaceId: 'NO' },
      { type: 'chat.error' },
    ],
    [
      'chat.queue.cancel without a message',
      { type: 'chat.queue.cancel', conversationId: 'c' },
      { type: 'chat.error', conversationId: 'c' },
    ],
    ['subscribe without a surface', { type: 'subscribe' }, { type: 'error' }],
    ['subscribe to a surface there is not', { type: 'subscribe', surfaceId: 'none' }, { type: 'error', surfaceId: 'none' }],
    ['unsubscribe without a surface', { type: 'unsubscribe', surfaceId: 7 }, { type: 'error' }],
    ['invoke without an action', { type: 'invoke', surfaceId: 'cache-warming' }, { type: 'error', surfaceId: 'cache-warming' }],
    [
      'invoke of an action there is not',
      { type: 'invoke', surfaceId: 'cache-warming', actionId: 'none' },
      { type: 'error', surfaceId: 'cache-warming' },
    ],
    [
      'invoke with a wrong payload',
      { type: 'invoke', surfaceId: 'cache-warming', actionId: 'cache-warming/set-interval', payload: 'often', conversationId: 'c' },
      { type: 'error', surfaceId: 'cache-warming' },
    ],
    ['a type nobody knows', { type: 'chat.shout' }, { type: 'error' }],
    ['no type', { conversationId: 'c' }, { type: 'error' }],
  ])('%s', async (_what, message, answer) => {
    client.send(message);
    while (answers().length === 0) await client.more();
    await client.settle();
    expect(answers()).toEqual([expect.objectContaining({ ...answer, message: expect.stringMatching(/\w/) })]);
    expect(await server.get('/conversations/c')).toMatchObject({ chunks: [] });
  });

  test('a second chat.send while a turn runs', async () => {
    send({ type: 'chat.send', conversationId: 'twice', message: 'wait for it' });
    await client.message('chat.delta', ({ event }) => event.type === 'turn-start');
    send({ type: 'chat.send', conversationId: 'twice', message: 'me too' });
    expect(await client.message('chat.error')).toMatchObject({ conversationId: 'twice', message: expect.stringContaining('running') });
    release();
    await sealed('twice');
  });
});

describe('every socket is told', () => {
  test('the catalog when it opens', async () => {
    const { catalog } = await client.message('catalog');
    expect(catalog.map(({ id }) => id)).toEqual(expect.arrayContaining(['cache-warming', 'loaded-extensions']));
    expect(client.got[0]?.type).toBe('catalog');
  });

  test('conversation.open, conversation.statusChanged and conversation.compacted', async () => {
    const talk = `a long story ${'and so on '.repeat(50)}`;
    for (let i = 0; i < 12; i++) await server.chat({ conversationId: 'told', message: talk });
    await server.post('/conversations/told/open');
    expect(await client.message('conversation.open')).toEqual({
      type: 'conversation.open',
      conversationId: 'told',
      workspaceId: 'default',
    });
    const statuses = client.got.flatMap((each) =>
      each.type === 'conversation.statusChanged' && each.conversationId === 'told' ? [each.status] : [],
    );
    expect([statuses[0], statuses[1]]).toEqual(['active', 'idle']);
    const answer = await server.post<object>('/conversations/told/compact', {});
    expect(await client.message('conversation.compacted')).toEqual({ type: 'conversation.compacted', ...answer });
  });
});

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ChatEvent, HistoryAnswer } from 'dispatch/wire';
import { eventsOf, shown, startChat, textOf } from './chat.socket.fixture.js';

let chat: Awaited<ReturnType<typeof startChat>>;
beforeEach(async () => {
  chat = await startChat();
});
afterEach(() => chat.stop());

const typesOf = (events: readonly ChatEvent[]) => events.map(({ type }) => type);
const errors = (client: { got: readonly { type: string }[] }) => client.got.filter(({ type }) => type === 'chat.error');

describe('chat.send', () => {
  test('starts a turn and shows all of it to its socket, and to nobody else', async () => {
    const [client, other] = [await chat.open(), await chat.open()];
    chat.puppet.say('Hello', ' world');
    chat.puppet.stop();
    client.send({ type: 'chat.send', conversationId: 'c', message: 'hi' });
    await shown(client, 'c', 'turn-sealed');
    const events = eventsOf(client, 'c');
    expect(typesOf(events)).toEqual([
      'user-message',
      'turn-start',
      'text-delta',
      'text-delta',
      'usage',
      'step-complete',
      'done',
      'turn-sealed',
    ]);
    expect(textOf(events)).toBe('Hello world');
    await other.settle();
    expect(other.got.map((message) => ('status' in message ? message.status : message.type))).toEqual(['active', 'idle']);
    const answer = (await (await fetch(`${chat.url}/conversations/c`)).json()) as HistoryAnswer;
    expect(answer.chunks.map(({ chunk }) => ('text' in chunk ? chunk.text : chunk.type))).toEqual(['hi', 'Hello world']);
  });

  test('goes on showing the turns that follow, whoever starts them, and nothing twice', async () => {
    const client = await chat.open();
    client.send({ type: 'chat.subscribe', conversationId: 'c' });
    for (const [i, word] of ['one', 'two'].entries()) {
      chat.puppet.say(word);
      chat.puppet.stop();
      client.send({ type: 'chat.send', conversationId: 'c', message: `turn ${i}` });
      client.send({ type: 'chat.subscribe', conversationId: 'c' });
      while (typesOf(eventsOf(client, 'c')).filter((type) => type === 'turn-sealed').length <= i) await client.more();
    }
    chat.puppet.say('three');
    chat.puppet.stop();
    await chat.turns.begin({ conversationId: 'c', message: 'turn 2' });
    await shown(client, 'c', { text: 'onetwothree' });
    await chat.turns.settled('c', 60_000);
    await client.settle();
    const events = eventsOf(client, 'c');
    expect(events.flatMap((event) => (event.type === 'user-message' ? [event.text] : []))).toEqual(['turn 0', 'turn 1', 'turn 2']);
    expect(typesOf(events).filter((type) => type === 'done')).toHaveLength(3);
  });

  test('makes an id when none is given', async () => {
    const client = await chat.open();
    chat.puppet.stop();
    client.send({ type: 'chat.send', message: 'hi' });
    const { event } = await client.message('chat.delta', ({ event: { type } }) => type === 'turn-sealed');
    expect(event.conversationId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('is refused while a turn runs, which then is not watched either', async () => {
    const [first, second] = [await chat.open(), await chat.open()];
    first.send({ type: 'chat.send', conversationId: 'c', message: 'hi' });
    await shown(first, 'c', 'turn-start');
    second.send({ type: 'chat.send', conversationId: 'c', message: 'me too' });
    first.send({ type: 'chat.send', conversationId: 'c', message: 'and again' });
    expect(await second.message('chat.error')).toEqual({
      type: 'chat.error',
      conversationId: 'c',
      message: expect.stringMatching(/already running in c/),
    });
    await first.message('chat.error');
    chat.puppet.say('done');
    chat.puppet.stop();
    await shown(first, 'c', 'turn-sealed');
    await second.settle();
    expect(eventsOf(second, 'c')).toEqual([]);
    expect(eventsOf(first, 'c').filter(({ type }) => type === 'user-message')).toHaveLength(1);
  });

  test('that is refused leaves no watch behind; one that was asked for stays', async () => {
    const [unasked, asked] = [await chat.open(), await chat.open()];
    asked.send({ type: 'chat.subscribe', conversationId: 'c' });
    for (const client of [unasked, asked]) client.send({ type: 'chat.send', conversationId: 'c', message: '  ' });
    for (const client of [unasked, asked]) await client.message('chat.error', ({ message }) => message.startsWith('the message is empty'));
    chat.puppet.stop();
    await chat.turns.begin({ conversationId: 'c', message: 'hi' });
    await shown(asked, 'c', 'turn-sealed');
    await unasked.settle();
    expect(eventsOf(unasked, 'c')).toEqual([]);
  });

  test.each([
    [{ conversationId: 'c' }, 'c'],
    [{ conversationId: 'c', message: 7 }, 'c'],
    [{ conversationId: 'c', message: 'x', reasoningEffort: 'banana' }, 'c'],
    [{ conversationId: 'c', message: 'x', workspaceId: 'NO' }, 'c'],
    [{ conversationId: 'c', message: 'x', images: [{ url: 'file:///etc/passwd' }] }, 'c'],
    [{ conversationId: '', message: 'x' }, ''],
    [{ conversationId: 'a\nb', message: 'x' }, 'a\nb'],
    [{ conversationId: 7, message: 'x' }, undefined],
    [{ message: '' }, undefined],
  ])('%j is answered with chat.error, and nothing is stored', async (members, conversationId) => {
    const client = await chat.open();
    client.send({ type: 'chat.send', ...members });
    await client.settle();
    expect(client.got).toEqual([
      { type: 'chat.error', ...(conversationId !== undefined && { conversationId }), message: expect.any(String) },
    ]);
    expect(await (await fetch(`${chat.url}/conversations`)).json()).toEqual({ conversations: [] });
  });

  test('with an unknown model runs, and says so in the turn', async () => {
    const client = await chat.open();
    client.send({ type: 'chat.send', conversationId: 'c', message: 'hi', model: 'nope/none' });
    await shown(client, 'c', 'turn-sealed');
    expect(typesOf(eventsOf(client, 'c'))).toEqual(['user-message', 'turn-start', 'error', 'done', 'turn-sealed']);
    expect(errors(client)).toEqual([]);
  });
});

describe('chat.subscribe', () => {
  test('shows a running turn from its first event; all who watch see the same', async () => {
    const early = await chat.open();
    early.send({ type: 'chat.send', conversationId: 'c', message: 'hi' });
    chat.puppet.say('one ', 'two ');
    await shown(early, 'c', { text: 'one two ' });
    const [late, later] = [await chat.open(), await chat.open()];
    for (const client of [late, late, later]) client.send({ type: 'chat.subscribe', conversationId: 'c' });
    await shown(late, 'c', { text: 'one two ' });
    chat.puppet.say('three');
    chat.puppet.stop();
    for (const client of [early, late, later]) await shown(client, 'c', 'turn-sealed');
    expect(eventsOf(late, 'c')).toEqual(eventsOf(early, 'c'));
    expect(eventsOf(later, 'c')).toEqual(eventsOf(early, 'c'));
  });

  test('shows nothing of what is over, and the next turn from its first event', async () => {
    chat.puppet.stop();
    await chat.turns.begin({ conversationId: 'c', message: 'before' });
    await chat.turns.settled('c', 60_000);
    const client = await chat.open();
    client.send({ type: 'chat.subscribe', conversationId: 'c' });
    await client.settle();
    expect(client.got).toEqual([]);
    chat.puppet.stop();
    await chat.turns.begin({ conversationId: 'c', message: 'after' });
    await shown(client, 'c', 'turn-sealed');
    expect(eventsOf(client, 'c')[0]).toMatchObject({ type: 'user-message', text: 'after' });
  });

  test('W06: wants a conversation, and only so many of them', async () => {
    const client = await chat.open();
    client.send({ type: 'chat.subscribe' });
    client.send({ type: 'chat.unsubscribe', conversationId: ['c'] });
    for (let i = 0; i < 1_010; i++) client.send({ type: 'chat.subscribe', conversationId: `c${i}` });
    await client.settle();
    expect(errors(client)).toHaveLength(12);
    expect(client.got.at(-1)).toEqual({
      type: 'chat.error',
      conversationId: 'c1009',
      message: expect.stringMatching(/1000 conversations, which is the most/),
    });
    client.send({ type: 'chat.unsubscribe', conversationId: 'c0' });
    client.send({ type: 'chat.subscribe', conversationId: 'c1009' });
    await client.settle();
    expect(errors(client)).toHaveLength(12);
  });
});

test('chat.unsubscribe stops the events and not the turn; watching again shows the turn from its beginning', async () => {
  const client = await chat.open();
  client.send({ type: 'chat.send', conversationId: 'c', message: 'hi' });
  chat.puppet.say('one ');
  await shown(client, 'c', { text: 'one ' });
  client.send({ type: 'chat.unsubscribe', conversationId: 'c' });
  client.send({ type: 'chat.unsubscribe', conversationId: 'never watched' });
  await client.settle();
  client.got.length = 0;
  chat.puppet.say('two ');
  await client.settle();
  expect(eventsOf(client, 'c')).toEqual([]);
  client.send({ type: 'chat.subscribe', conversationId: 'c' });
  await shown(client, 'c', { text: 'one two ' });
  chat.puppet.stop();
  await shown(client, 'c', 'turn-sealed');
});

test('H23: a socket that goes takes its watches with it, and the turn runs on', async () => {
  const client = await chat.open();
  client.send({ type: 'chat.send', conversationId: 'c', message: 'hi' });
  await shown(client, 'c', 'turn-start');
  client.ws.terminate();
  await client.closed;
  chat.puppet.say('nobody looks');
  chat.puppet.stop();
  await chat.turns.settled('c', 60_000);
  const { content } = (await (await fetch(`${chat.url}/conversations/c/last`)).json()) as { content: string };
  expect(content).toBe('nobody looks');
});

test('a socket that does not read disturbs nobody, is spared, and misses nothing when it reads on', async () => {
  const [slow, quick] = [await chat.open(), await chat.open()];
  for (const client of [slow, quick]) client.send({ type: 'chat.subscribe', conversationId: 'c' });
  for (const client of [slow, quick]) await client.settle();
  slow.ws.pause();
  await chat.turns.begin({ conversationId: 'c', message: 'hi' });
  const words = Array.from({ length: 100 }, (_, i) => `${i} ${'x'.repeat(100_000)}`);
  chat.puppet.say(...words);
  chat.puppet.stop();
  await shown(quick, 'c', 'turn-sealed');
  expect(textOf(eventsOf(quick, 'c'))).toBe(words.join(''));
  slow.ws.resume();
  await shown(slow, 'c', 'turn-sealed');
  expect(textOf(eventsOf(slow, 'c'))).toBe(words.join(''));
});

test('a socket that lets too much wait is closed with 1013', async () => {
  const [slow, quick] = [await chat.open(), await chat.open()];
  for (const client of [slow, quick]) client.send({ type: 'chat.subscribe', conversationId: 'c' });
  for (const client of [slow, quick]) await client.settle();
  slow.ws.pause();
  await chat.turns.begin({ conversationId: 'c', message: 'hi' });
  const piece = 'x'.repeat(1024 * 1024);
  for (let said = 1; said <= 30; said++) {
    chat.puppet.say(piece);
    await shown(quick, 'c', { deltas: said });
  }
  chat.puppet.stop();
  await shown(quick, 'c', 'turn-sealed');
  slow.ws.resume();
  expect((await slow.closed).code).toBe(1013);
});

test('a late joiner of a long turn gets all of it', async () => {
  const words = Array.from({ length: 25 }, (_, i) => `${i} ${'x'.repeat(1024 * 1024)}`);
  chat.puppet.say(...words);
  const early = await chat.open();
  early.send({ type: 'chat.send', conversationId: 'c', message: 'hi' });
  await shown(early, 'c', { deltas: 25 });
  const late = await chat.open();
  late.send({ type: 'chat.subscribe', conversationId: 'c' });
  await shown(late, 'c', { deltas: 25 });
  chat.puppet.stop();
  await shown(late, 'c', 'turn-sealed');
  expect(textOf(eventsOf(late, 'c'))).toBe(words.join(''));
});

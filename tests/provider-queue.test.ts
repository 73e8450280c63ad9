import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { begin, frame, lastFrame, of, type RawProvider, rawProvider, until } from './provider.fixture.js';
import { RealServer } from './real-server.fixture.js';
import { RealSocket } from './real-socket.fixture.js';

let provider: RawProvider;
let server: RealServer;
let socket: RealSocket;
const credential = (baseURL: string) => ({ provider: 'openai-compat', baseURL, apiKey: 'sk-test-0123456789', defaultModel: 'm' });

beforeAll(async () => {
  provider = await rawProvider();
  server = await RealServer.start({
    userConfig: {
      watchdog: { firstByteMs: 300, silenceMs: 60_000 },
      provider: { maxConcurrent: 2 },
      credentials: {
        usual: credential(provider.baseURL),
        one: { ...credential(provider.baseURL), maxConcurrent: 1 },
        free: { ...credential(provider.baseURL), maxConcurrent: 0 },
      },
    },
  });
  socket = await RealSocket.open(server.url);
});
afterAll(async () => {
  socket.ws.close();
  await server.stop();
  await provider.close();
});

/** Answers that have begun and go on until they are let go, in the order they were asked for, by their prompt. */
function holding() {
  const open: [prompt: string, response: ServerResponse][] = [];
  provider.answer((response, { json }) => {
    const messages = json?.messages as { content: string }[];
    open.push([messages.at(-1)?.content ?? '', response]);
    begin(response).write(frame({ content: 'a' }));
  });
  return {
    prompts: () => open.map(([prompt]) => prompt),
    finish(prompt: string) {
      const response = open.find(([each]) => each === prompt)?.[1];
      if (response && !response.writableEnded) response.end(frame({}, 'stop') + lastFrame);
    },
  };
}
const chat = (id: string, model: string) => server.chat({ conversationId: id, message: id, model });
const status = async (id: string) => (await server.get<{ status?: string }>(`/conversations/${id}/status`)).status;
/** The statuses that everybody was told of a conversation. */
const told = (id: string) =>
  socket.got.flatMap((message) => (message.type === 'conversation.statusChanged' && message.conversationId === id ? [message.status] : []));

test('a turn that waits says so among its own events, over HTTP and to late watchers alike, and stands first and last as ever', async () => {
  const held = holding();
  const first = chat('before-it', 'one/m');
  await until(() => held.prompts().length === 1);
  const waiting = chat('waits', 'one/m');
  await until(async () => (await status('waits')) === 'queued');
  socket.send({ type: 'chat.subscribe', conversationId: 'waits' });
  await socket.shown('waits', 'status');
  held.finish('before-it');
  await until(() => held.prompts().includes('waits'));
  await until(async () => (await status('waits')) === 'active');
  held.finish('waits');
  await first;
  const events = await waiting;
  await socket.shown('waits', 'turn-sealed');
  expect(of(events, 'status').map((event) => event.status)).toEqual(['queued', 'active']);
  expect([events[0]?.type, events.at(-1)?.type]).toEqual(['user-message', 'turn-sealed']);
  expect(socket.events('waits')).toEqual(events);
});

test('turns above the limit of a credential wait in the order they came, and say that they are queued', async () => {
  const held = holding();
  const turns = [chat('first', 'one/m')];
  await until(() => held.prompts().length === 1);
  for (const id of ['second', 'third']) {
    turns.push(chat(id, 'one/m'));
    await until(async () => (await status(id)) === 'queued');
  }
  expect(held.prompts()).toEqual(['first']);
  const listed = await server.get<{ conversations: { id: string; status: string }[] }>('/conversations?status=queued');
  expect(listed.conversations.map(({ id }) => id).sort()).toEqual(['second', 'third']);
  held.finish('first');
  await until(() => held.prompts().length === 2);
  await until(async () => (await status('second')) === 'active');
  expect([await status('third'), held.prompts()]).toEqual(['queued', ['first', 'second']]);
  held.finish('second');
  await until(() => held.prompts().length === 3);
  held.finish('third');
  for (const events of await Promise.all(turns)) expect(of(events, 'done')).toMatchObject([{ reason: 'stop' }]);
  await socket.settle();
  expect(['first', 'second', 'third'].map(told)).toEqual([
    ['active', 'idle'],
    ['active', 'queued', 'active', 'idle'],
    ['active', 'queued', 'active', 'idle'],
  ]);
});

test('waiting in line is not counted as silence of the provider, however long', async () => {
  const held = holding();
  const first = chat('long-first', 'one/m');
  await until(() => held.prompts().length === 1);
  const second = chat('long-second', 'one/m');
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  held.finish('long-first');
  await until(() => held.prompts().length === 2);
  held.finish('long-second');
  await first;
  expect(of(await second, 'provider-retry')).toEqual([]);
});

test('one that is stopped while it waits leaves its place to the next', async () => {
  const held = holding();
  const ids = ['a', 'b', 'c'];
  const turns = [];
  for (const id of ids) {
    turns.push(chat(`stop-${id}`, 'one/m'));
    await until(async () => (id === 'a' ? held.prompts().length === 1 : (await status(`stop-${id}`)) === 'queued'));
  }
  await server.post('/conversations/stop-b/stop');
  expect(await status('stop-b')).toBe('idle');
  await server.post('/conversations/stop-a/stop');
  await until(() => held.prompts().length === 2);
  held.finish('stop-c');
  expect((await Promise.all(turns)).map((events) => of(events, 'done')[0]?.reason)).toEqual(['aborted', 'aborted', 'stop']);
  expect(held.prompts()).toEqual(['stop-a', 'stop-c']);
  await socket.settle();
  expect(told('stop-b')).toEqual(['active', 'queued', 'idle']);
});

test('closed while it waits, a conversation stays closed', async () => {
  const held = holding();
  const turns = [chat('close-a', 'one/m')];
  await until(() => held.prompts().length === 1);
  turns.push(chat('close-b', 'one/m'));
  await until(async () => (await status('close-b')) === 'queued');
  await server.post('/conversations/close-b/close');
  held.finish('close-a');
  await Promise.all(turns);
  expect(await status('close-b')).toBe('closed');
});

test('the default limit counts for credentials that say nothing else, 0 is none', async () => {
  const held = holding();
  const ids = (name: string) => [1, 2, 3].map((n) => `${name}-${n}`);
  const turns = [...ids('usual').map((id) => chat(id, 'usual/m')), ...ids('free').map((id) => chat(id, 'free/m'))];
  await until(async () => held.prompts().length === 5 && (await Promise.all(ids('usual').map(status))).includes('queued'));
  expect(held.prompts().filter((prompt) => prompt.startsWith('free'))).toHaveLength(3);
  await until(() => {
    for (const prompt of held.prompts()) held.finish(prompt);
    return held.prompts().length === 6;
  });
  for (const prompt of held.prompts()) held.finish(prompt);
  await Promise.all(turns);
  expect((await Promise.all(ids('usual').map(status))).every((each) => each === 'idle')).toBe(true);
});

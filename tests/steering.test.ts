import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CancelAnswer, ChatEvent, QueueAnswer } from 'dispatch/wire';
import { folder, outline, RealServer } from './real-server.fixture.js';
import { RealSocket } from './real-socket.fixture.js';
import { type Reply, ScriptedProvider, type Seen } from './scripted-provider.fixture.js';

const dataDir = folder('steering');
let provider: ScriptedProvider;
let server: RealServer;
const start = async () => {
  server = await RealServer.start({ providerUrl: provider.baseUrl, dataDir, config: { drainMs: 100 } });
};
beforeAll(async () => {
  provider = await ScriptedProvider.listen();
  await start();
});
afterAll(async () => {
  await server.stop();
  await provider.close();
});

const slowTool: Reply = { text: ['let me see'], calls: [{ name: 'run_shell', args: { command: 'sleep 0.4; echo seen' } }] };
const slowText: Reply = { text: Array.from({ length: 40 }, (_, i) => `w${i} `), pace: 10 };
const said = (seen: Seen | undefined) =>
  seen?.body.messages.flatMap(({ role, content }) => (role === 'user' || role === 'tool' ? [`${role}: ${content}`] : [])) ?? [];
const queue = (id: string, text: string) => server.post<QueueAnswer>(`/conversations/${id}/queue`, { text });
const waiting = async (id: string) => (await server.get<QueueAnswer>(`/conversations/${id}/queue`)).queue.map(({ text }) => text);
const log = async (id: string) =>
  (await server.history(id)).chunks.map(({ role, chunk }) => `${role} ${chunk.type === 'text' ? chunk.text : chunk.type}`);
const texts = (events: readonly ChatEvent[]) =>
  events.flatMap((event) => (event.type === 'user-message' || event.type === 'steering' ? [`${event.type}: ${event.text}`] : []));

/** Runs a turn; `meanwhile` is done once, when the first event of this type is shown. */
async function during(id: string, type: ChatEvent['type'], meanwhile: () => Promise<unknown>): Promise<ChatEvent[]> {
  let once: Promise<unknown> | undefined;
  const events = await server.chat({ conversationId: id, message: 'go' }, (event) => {
    if (event.type === type) once ??= meanwhile();
  });
  await once;
  return events;
}

/** Resolves when no turn runs, and none follows by itself. */
async function quiet(id: string): Promise<void> {
  for (;;) {
    await server.get(`/conversations/${id}/last`);
    if (!(await server.get<{ isActive: boolean }>(`/conversations/${id}/status`)).isActive) return;
  }
}

describe('a message queued while a tool runs', () => {
  let events: ChatEvent[];
  beforeAll(async () => {
    provider.inTurn(slowTool, { text: ['done'] });
    events = await during('steer', 'tool-call', async () => {
      await queue('steer', 'and look at b');
      await queue('steer', 'and at c');
    });
  });

  test('is seen by the provider in its next request, behind the tool result', () => {
    expect(provider.seen).toHaveLength(2);
    expect(said(provider.seen[1]).slice(-2)).toEqual([expect.stringMatching(/^tool: .*seen/s), 'user: and look at b\n\nand at c']);
  });

  test('is announced by one steering event between the tool result and the next step', () => {
    expect(outline(events)).toEqual([
      ...['user-message', 'turn-start', 'text-delta', 'tool-call', 'usage', 'step-complete', 'tool-output', 'tool-result'],
      ...['steering', 'text-delta', 'usage', 'step-complete', 'done', 'turn-sealed'],
    ]);
    expect(texts(events)).toEqual(['user-message: go', 'steering: and look at b\n\nand at c']);
  });

  test('is stored as said by the user, and gone from the queue', async () => {
    expect(await log('steer')).toEqual([
      ...['user go', 'assistant let me see', 'assistant tool-call', 'tool tool-result', 'user and look at b\n\nand at c', 'assistant done'],
    ]);
    expect(await waiting('steer')).toEqual([]);
  });
});

test('messages queued while the model only talks become the next turn, and who watches the conversation sees it', async () => {
  provider.inTurn(slowText, { text: ['next'] });
  const socket = await RealSocket.open(server.url);
  socket.send({ type: 'chat.subscribe', conversationId: 'carry' });
  await during('carry', 'text-delta', () => Promise.all([queue('carry', 'one'), queue('carry', 'two')]));
  await socket.shown('carry', 'turn-sealed', 2);
  expect(texts(socket.events('carry'))).toEqual(['user-message: go', expect.stringMatching(/^user-message: (one\n\ntwo|two\n\none)$/)]);
  expect((await server.get<{ turns: unknown[] }>('/conversations/carry/metrics')).turns).toHaveLength(2);
  await socket.close();
});

test('a message that is cancelled in time is never shown to the model', async () => {
  provider.inTurn(slowTool, { text: ['done'] });
  await during('cancel', 'tool-call', async () => {
    const { queue: all } = await queue('cancel', 'never mind');
    await queue('cancel', 'but this');
    const path = `/conversations/cancel/queue/${all[0]?.id}`;
    const cancel = async () => (await (await fetch(server.url + path, { method: 'DELETE' })).json()) as CancelAnswer;
    expect([(await cancel()).cancelled, (await cancel()).cancelled]).toEqual([true, false]);
  });
  expect(said(provider.seen[1]).at(-1)).toBe('user: but this');
  expect(JSON.stringify(await server.history('cancel'))).not.toContain('never mind');
});

test('a message that is edited in time is shown to the model with its new text, in its old place', async () => {
  provider.inTurn(slowTool, { text: ['done'] });
  await during('edit', 'tool-call', async () => {
    const { queue: all } = await queue('edit', 'frist');
    await queue('edit', 'second');
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ text: 'first' });
    const answer = await fetch(`${server.url}/conversations/edit/queue/${all[0]?.id}`, { method: 'PUT', headers, body });
    expect(((await answer.json()) as QueueAnswer).queue.map(({ text }) => text)).toEqual(['first', 'second']);
  });
  expect(said(provider.seen[1]).at(-1)).toBe('user: first\n\nsecond');
});

test('after a stop, what waits goes on waiting, and the next queued message takes it along', async () => {
  provider.inTurn(slowText, { text: ['fine'] });
  const events = await during('stopped', 'text-delta', async () => {
    await queue('stopped', 'one');
    await server.post('/conversations/stopped/stop');
  });
  expect(events.find((event) => event.type === 'done')).toMatchObject({ reason: 'aborted' });
  expect([await waiting('stopped'), provider.seen.length]).toEqual([['one'], 1]);
  expect(await queue('stopped', 'two')).toMatchObject({ startedTurn: true, queue: [] });
  await quiet('stopped');
  expect(said(provider.seen[1]).at(-1)).toBe('user: one\n\ntwo');
});

test('after a close, what waited is dropped, and never shown to the model', async () => {
  provider.inTurn(slowText, { text: ['fine'] });
  await during('closed', 'text-delta', async () => {
    await queue('closed', 'dropped');
    await server.post('/conversations/closed/close');
  });
  expect(await waiting('closed')).toEqual([]);
  expect(await server.get('/conversations/closed/status')).toMatchObject({ isActive: false, status: 'closed' });
  await server.chat({ conversationId: 'closed', message: 'again' });
  expect(JSON.stringify(provider.seen.map(({ body }) => body.messages))).not.toContain('dropped');
});

test.each(['kill', 'stop'] as const)('after a restart (%s), what waited goes on waiting, and is shown once', async (how) => {
  const id = `restart-${how}`;
  provider.inTurn({ text: ['well'], hold: new Promise(() => undefined) }, { text: ['fine'] });
  const turn = server.chat({ conversationId: id, message: 'go' }).catch(() => undefined);
  await new Promise<void>((resolve) => {
    const look = () => (provider.seen.length > 0 ? resolve() : setTimeout(look, 10));
    look();
  });
  await queue(id, 'kept');
  await server[how]();
  await turn;
  await start();
  expect(await waiting(id)).toEqual(['kept']);
  expect(await queue(id, 'new')).toMatchObject({ startedTurn: true });
  await quiet(id);
  expect((await log(id)).filter((line) => line.startsWith('user'))).toEqual(['user go', 'user kept\n\nnew']);
});

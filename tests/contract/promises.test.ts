import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ConversationsAnswer, LastAnswer, StatusAnswer } from 'dispatch/wire';
import { RealServer } from '../real-server.fixture.js';
import { ScriptedProvider } from '../scripted-provider.fixture.js';

let provider: ScriptedProvider;
let server: RealServer;
let release: () => void = () => undefined;
beforeAll(async () => {
  provider = await ScriptedProvider.listen();
  provider.script = ({ raw }) =>
    raw.includes('wait for it') ? { hold: new Promise<void>((resolve) => (release = resolve)) } : { text: ['ok'] };
  server = await RealServer.start({ providerUrl: provider.baseUrl });
}, 60_000);
afterAll(async () => {
  await server.stop();
  await provider.close();
});

const ask = async (method: string, path: string, body?: unknown) => {
  const answer = await fetch(server.url + path, {
    method,
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
};
const isActive = async (id: string) => (await server.get<StatusAnswer>(`/conversations/${id}/status`)).isActive;
/** A turn that runs until it is let go. */
async function running(conversationId: string, signal?: AbortSignal): Promise<void> {
  const answer = await fetch(`${server.url}/chat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ conversationId, message: 'wait for it' }),
    signal,
  });
  void answer.text().catch(() => undefined);
  while (!(await isActive(conversationId))) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('POST /chat', () => {
  test.each(['', ' ', '\n\t'])('with the message %j is refused, and nothing is stored', async (message) => {
    expect(await ask('POST', '/chat', { conversationId: 'blank', message })).toMatchObject({
      status: 400,
      body: { error: expect.any(String), code: 'blank' },
    });
    expect(await server.get('/conversations/blank')).toMatchObject({ chunks: [] });
  });

  test('without an id makes one, and tells it in a header', async () => {
    const answer = await fetch(`${server.url}/chat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ message: 'hi' }),
    });
    const id = answer.headers.get('x-conversation-id') ?? '';
    expect(await answer.text()).toContain('turn-sealed');
    expect((await server.history(id)).chunks).toHaveLength(2);
  });

  test('goes on when its client goes away', async () => {
    const client = new AbortController();
    await running('left', client.signal);
    client.abort();
    expect(await ask('GET', '/conversations/left/last?timeoutMs=0')).toMatchObject({ body: { settled: false } });
    release();
    const last = await server.get<LastAnswer>('/conversations/left/last');
    expect(last).toMatchObject({ content: expect.any(String), settled: true });
    expect((await server.history('left')).chunks[0]).toMatchObject({ role: 'user' });
  });
});

test('while a turn runs it is told as running, and what would disturb it is refused with 409', async () => {
  await running('busy');
  expect(await ask('GET', '/conversations/busy/status')).toMatchObject({ status: 200, body: { isActive: true, status: 'active' } });
  for (const [path, body] of [
    ['/chat', { conversationId: 'busy', message: 'me too' }],
    ['/chat/warm', { conversationId: 'busy' }],
    ['/conversations/busy/compact', {}],
  ] as const)
    expect([path, await ask('POST', path, body)]).toEqual([path, expect.objectContaining({ status: 409 })]);
  const { conversations } = await server.get<ConversationsAnswer>('/conversations?status=active');
  expect(conversations.map(({ id }) => id)).toEqual(['busy']);
  expect(await ask('POST', '/conversations/busy/stop')).toMatchObject({ status: 200, body: { abortedTurn: true } });
  expect(await isActive('busy')).toBe(false);
});

test('stop, close and open may be asked for at any time, of any id, again and again', async () => {
  for (const id of ['idle', 'never-seen'])
    for (const verb of ['stop', 'close', 'close', 'open', 'stop']) {
      const { status, body } = await ask('POST', `/conversations/${id}/${verb}`);
      expect([verb, status, body]).toEqual([
        verb,
        200,
        verb === 'open' ? { conversationId: id } : { conversationId: id, abortedTurn: false },
      ]);
    }
});

test('a conversation nobody has spoken in answers 200 with nothing in it, and only its status is 404', async () => {
  const id = 'not-yet';
  const found = async (name: string) => (await ask('GET', `/conversations/${id}${name}`)).body;
  expect(await found('')).toEqual({ chunks: [], latestSeq: 0, epoch: 0 });
  expect(await found('/metrics')).toEqual({ turns: [] });
  expect(await found('/last')).toEqual({ conversationId: id, content: '', settled: true });
  expect(await found('/cwd')).toEqual({ conversationId: id, cwd: null });
  expect(await found('/model')).toEqual({ conversationId: id, model: null });
  expect(await found('/reasoning-effort')).toEqual({ conversationId: id, reasoningEffort: null });
  expect(await found('/compact-percent')).toEqual({ conversationId: id, threshold: 85 });
  expect(await found('/queue')).toEqual({ conversationId: id, queue: [] });
  expect(await ask('GET', `/conversations/${id}/status`)).toMatchObject({ status: 404, body: { error: expect.stringContaining(id) } });
  await ask('PUT', `/conversations/${id}/reasoning-effort`, { reasoningEffort: 'low' });
  expect(await found('/reasoning-effort')).toEqual({ conversationId: id, reasoningEffort: 'low' });
  expect((await server.get<ConversationsAnswer>('/conversations')).conversations.map((each) => each.id)).not.toContain(id);
});

test('GET /conversations lists the newest first, by the beginning of the id, by status and by workspace', async () => {
  for (const [conversationId, workspaceId] of [
    ['list-a', 'one'],
    ['list-b', 'two'],
    ['list-c', 'one'],
  ])
    await server.chat({ conversationId, workspaceId, message: 'hi' });
  await ask('POST', '/conversations/list-c/close');
  const ids = async (query: string) =>
    (await server.get<ConversationsAnswer>(`/conversations?${query}`)).conversations
      .map(({ id }) => id)
      .filter((id) => id.startsWith('list-'));
  expect(await ids('')).toEqual(expect.arrayContaining(['list-a', 'list-b', 'list-c']));
  expect((await ids('q=list-')).filter((id) => id !== 'list-c')).toEqual(['list-b', 'list-a']);
  expect(await ids('q=ist-')).toEqual([]);
  expect(await ids('workspaceId=one&status=idle,banana')).toEqual(['list-a']);
  expect(await ids('status=closed')).toEqual(['list-c']);
});

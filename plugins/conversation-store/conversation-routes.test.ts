import { afterEach, describe, expect, test } from '@jest/globals';
import type { Route } from '../transport-http/contract.js';
import { routesOf } from './conversation-routes.js';
import { begun, cleanUp, eventsOf, storeIn } from './store.fixture.js';

afterEach(cleanUp);

/** Calls a route as the transport does: schemas first. A part that breaks its schema answers 400. */
async function served() {
  const { store, database } = await storeIn();
  const routes = routesOf(store, () => '/start');
  const call = async (method: string, path: string, id: string, { query = {}, body }: { query?: object; body?: unknown } = {}) => {
    const found = routes.find((each) => each.method === method && each.path === path) as Route;
    const parts = [found.params?.safeParse({ id }), found.query?.safeParse(query), found.body?.safeParse(body)];
    if (parts.some((part) => part && !part.success)) return 400;
    const [params, queries, bodies] = parts.map((part) => part?.data);
    const request = { params, query: queries, body: bodies, headers: {}, signal: new AbortController().signal };
    const answer = await found.handle(request);
    return found.answer?.parse(answer);
  };
  return { store, database, call };
}

describe('GET /conversations/:id', () => {
  const path = '/conversations/:id';
  test('reads windows, and answers 200 for an id it has never seen', async () => {
    const { store, call } = await served();
    const turn = await begun(store, { conversationId: 'c', turnId: 't', text: 'hi', at: 1 });
    for (const event of eventsOf('c', 't', [
      { type: 'text-delta', delta: 'yes' },
      { type: 'step-complete', stepId: 't#0' },
    ]))
      await turn.record(event);
    await turn.seal('idle');
    const answer = { seq: 2, role: 'assistant', chunk: { type: 'text', text: 'yes' } };
    expect(await call('GET', path, 'c', { query: { sinceSeq: '1', limit: '1000000000' } })).toEqual({
      chunks: [answer],
      latestSeq: 2,
      epoch: 0,
    });
    expect(await call('GET', path, 'nobody', { query: { sinceSeq: '7' } })).toEqual({ chunks: [], latestSeq: 7, epoch: 0 });
    expect(await call('GET', `${path}/metrics`, 'nobody')).toEqual({ turns: [] });
  });

  test.each([
    { limit: '-1' },
    { limit: '0' },
    { limit: '1e9' },
    { limit: 'NaN' },
    { limit: '' },
    { limit: '1.5' },
    { beforeSeq: '0' },
    { sinceSeq: '-1' },
    { sinceSeq: '99999999999999999999' },
    { sinceSeq: '9999999999999999' },
  ])('refuses %j', async (query) => {
    expect(await (await served()).call('GET', path, 'c', { query })).toBe(400);
  });

  test.each(['', 'a\nb', 'x'.repeat(201), '\ud800', '.', '..'])('refuses the id %j', async (id) => {
    expect(await (await served()).call('GET', path, id)).toBe(400);
  });
});

test('GET /conversations ignores status words it does not know', async () => {
  const { store, call } = await served();
  await begun(store, { conversationId: 'c', turnId: 't', text: 'hi', at: 1 });
  const ids = async (query: object) => {
    const answer = (await call('GET', '/conversations', '', { query })) as { conversations: { id: string }[] };
    return answer.conversations.map(({ id }) => id);
  };
  expect(await ids({})).toEqual(['c']);
  expect(await ids({ status: 'banana, active' })).toEqual(['c']);
  expect(await ids({ status: 'closed,banana' })).toEqual([]);
  expect(await ids({ q: 'd' })).toEqual([]);
  expect(await ids({ q: '', status: '', workspaceId: '' })).toEqual(['c']);
  expect(await ids({ workspaceId: 'elsewhere' })).toEqual([]);
});

test('GET /conversations answers a page when a limit is given, and refuses what is no cursor', async () => {
  const { store, call } = await served();
  for (const [i, id] of ['a', 'b'].entries()) await begun(store, { conversationId: id, turnId: id, text: 'hi', at: i });
  const list = (query: object) => call('GET', '/conversations', '', { query });
  expect(await list({ limit: '1' })).toMatchObject({ conversations: [{ id: 'b' }], cursor: '1-2' });
  expect(await list({ limit: '1', cursor: '1-2' })).toEqual({ conversations: [expect.objectContaining({ id: 'a' })] });
  expect(await list({ cursor: '0-1' })).toEqual({ conversations: [] });
  for (const query of [{ limit: '0' }, { limit: 'x' }, { cursor: '' }, { cursor: '1' }, { cursor: "1-2' OR 1" }])
    expect(await list(query)).toBe(400);
});

describe('the working directory', () => {
  const path = '/conversations/:id/cwd';
  test('is set, resolved against the workspace, and forgotten', async () => {
    const { database, call } = await served();
    await database.write((manager) => manager.query(`INSERT INTO workspace VALUES ('web', 'Web', '/srv/web', 1, 1)`));
    const cwd = async (method: string, body?: unknown) => ((await call(method, path, 'c', { body })) as { cwd: unknown }).cwd;
    expect(await cwd('GET')).toBeNull();
    expect(await cwd('PUT', { cwd: '/a/../b' })).toBe('/b');
    expect(await cwd('PUT', { cwd: 'sub', workspaceId: 'web' })).toBe('/srv/web/sub');
    expect(await cwd('DELETE')).toBeNull();
    expect(await cwd('GET')).toBeNull();
    expect(((await call('PUT', path, 'd', { body: { cwd: './sub' } })) as { cwd: unknown }).cwd).toBe('/start/sub');
  });

  test('that is set in a workspace puts a conversation nobody has spoken in there, and leaves the others where they are', async () => {
    const { store, call } = await served();
    await begun(store, { conversationId: 'old', turnId: 't', text: 'hi', at: 1 });
    for (const id of ['old', 'new']) await call('PUT', path, id, { body: { cwd: '/x', workspaceId: 'web' } });
    expect((await store.list({})).map(({ id }) => id)).toEqual(['old']);
    await begun(store, { conversationId: 'new', turnId: 'u', text: 'hi', at: 2 });
    expect((await store.list({})).map(({ id, workspaceId }) => [id, workspaceId])).toEqual([
      ['new', 'web'],
      ['old', 'default'],
    ]);
  });

  test.each([{ cwd: ' ' }, { cwd: '' }, {}, { cwd: null }, { cwd: 'a\0b' }, undefined])('refuses %j', async (body) => {
    expect(await (await served()).call('PUT', path, 'c', { body })).toBe(400);
  });
});

test('model, effort, title and percentage are set and read, also before the first message', async () => {
  const { store, call } = await served();
  const at = (name: string) => `/conversations/:id/${name}`;
  expect(await call('GET', at('model'), 'c')).toEqual({ conversationId: 'c', model: null });
  expect(await call('PUT', at('model'), 'c', { body: { model: 'a/b' } })).toEqual({ conversationId: 'c', model: 'a/b' });
  expect(await call('GET', at('model'), 'c')).toEqual({ conversationId: 'c', model: 'a/b' });
  expect(await call('PUT', at('model'), 'c', { body: { model: null } })).toEqual({ conversationId: 'c', model: null });
  expect(await call('PUT', at('model'), 'c', { body: { model: '' } })).toBe(400);
  expect(await call('GET', at('reasoning-effort'), 'c')).toEqual({ conversationId: 'c', reasoningEffort: null });
  expect(await call('PUT', at('reasoning-effort'), 'c', { body: { reasoningEffort: 'max' } })).toEqual({
    conversationId: 'c',
    reasoningEffort: 'max',
  });
  expect(await call('PUT', at('reasoning-effort'), 'c', { body: { reasoningEffort: 'banana' } })).toBe(400);
  expect(await call('GET', at('title'), 'c')).toEqual({ conversationId: 'c', title: 'Untitled' });
  expect(await call('PUT', at('title'), 'c', { body: { title: '  my  title ' } })).toEqual({
    conversationId: 'c',
    title: 'my title',
  });
  expect(await call('PUT', at('title'), 'c', { body: { title: ' ' } })).toBe(400);
  expect(await call('GET', at('compact-percent'), 'c')).toEqual({ conversationId: 'c', threshold: 85 });
  for (const body of [{ threshold: 0 }, { percent: 0 }, { threshold: 0, percent: 0 }])
    expect(await call('PUT', at('compact-percent'), 'c', { body })).toEqual({ conversationId: 'c', threshold: 0 });
  for (const body of [{}, { threshold: 101 }, { percent: -1 }, { threshold: '5' }, { threshold: null }])
    expect(await call('PUT', at('compact-percent'), 'c', { body })).toBe(400);
  expect(await store.list({})).toEqual([]);
});

test.each([
  ['cwd', { cwd: '/x' }],
  ['model', { model: 'a/b' }],
  ['reasoning-effort', { reasoningEffort: 'low' }],
  ['title', { title: 'x' }],
  ['compact-percent', { threshold: 5 }],
])('members that PUT …/%s does not know are left alone', async (name, body) => {
  const { call } = await served();
  const told = { conversationId: 'c', ...body };
  expect(await call('PUT', `/conversations/:id/${name}`, 'c', { body: { ...body, conversationId: 'other', newer: true } })).toEqual(told);
});

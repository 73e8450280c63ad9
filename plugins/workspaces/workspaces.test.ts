import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { cleanUp, dataFolder, gate, says, serverWith } from '../message-queue/queue.fixture.js';
import { Workspaces } from './contract.js';
import workspacesPlugins from './index.js';

type Server = Awaited<ReturnType<typeof serverWith>>;
const start = (dataDir = dataFolder()): Promise<Server> =>
  serverWith(
    async ({ conversationId }) => {
      if (conversationId?.startsWith('busy')) await gate().opened;
      return says('ok');
    },
    dataDir,
    [workspacesPlugins],
  );

describe('the routes of workspaces', () => {
  let server: Server;
  let serial = 0;
  const fresh = () => `w-${++serial}`;
  const call = (method: string, path: string, body?: unknown) => server.call(method, `/workspaces${path}`, body);
  const error = (status: number, sentence: RegExp) => ({ status, body: { error: expect.stringMatching(sentence) } });

  beforeAll(async () => {
    server = await start();
  });
  afterAll(cleanUp);

  /** A sealed turn in a workspace. */
  async function talk(conversationId: string, workspaceId: string) {
    await server.turns.begin({ conversationId, workspaceId, message: 'hi' });
    await server.turns.settled(conversationId, 60_000);
  }

  test('"default" is there from the start, and can be given a directory like any other', async () => {
    expect(await call('GET', '/default')).toEqual({
      status: 200,
      body: { id: 'default', title: 'Default', defaultCwd: null, createdAt: expect.any(Number), lastActivityAt: expect.any(Number) },
    });
    expect((await call('PUT', '/default/default-cwd', { defaultCwd: '/tmp' })).body.defaultCwd).toBe('/tmp');
    expect((await call('PUT', '/default/default-cwd', { defaultCwd: null })).body.defaultCwd).toBeNull();
  });

  test('PUT makes one on first use, and afterwards answers it as it is', async () => {
    const id = fresh();
    const made = await call('PUT', `/${id}`, { title: '  My\n project ', defaultCwd: '/srv/a/../project' });
    expect(made).toEqual({
      status: 200,
      body: { id, title: 'My project', defaultCwd: '/srv/project', createdAt: expect.any(Number), lastActivityAt: made.body.createdAt },
    });
    expect(await call('PUT', `/${id}`, { title: 'Other', defaultCwd: '/other' })).toEqual(made);
    expect(await call('PUT', `/${id}`)).toEqual(made);
    expect(await call('GET', `/${id}`)).toEqual(made);
  });

  test('PUT without a body titles it after its id', async () => {
    const id = fresh();
    expect(await call('PUT', `/${id}`)).toMatchObject({ status: 200, body: { id, title: id, defaultCwd: null } });
  });

  test('title and directory can be set; null clears the directory', async () => {
    const id = fresh();
    const { body: made } = await call('PUT', `/${id}`, {});
    expect(await call('PUT', `/${id}/title`, { title: 'Named' })).toEqual({ status: 200, body: { ...made, title: 'Named' } });
    const changed = { ...made, title: 'Named', defaultCwd: '/srv' };
    expect(await call('PUT', `/${id}/default-cwd`, { defaultCwd: '/srv/' })).toEqual({ status: 200, body: changed });
    expect(await call('PUT', `/${id}/default-cwd`, { defaultCwd: null })).toEqual({ status: 200, body: { ...changed, defaultCwd: null } });
  });

  test('a new directory counts for the next turn of its conversations', async () => {
    const id = fresh();
    await talk('moved', id);
    await call('PUT', `/${id}/default-cwd`, { defaultCwd: '/srv' });
    expect(await server.conversations.state('moved')).toMatchObject({ workspaceId: id, workspaceCwd: '/srv' });
  });

  test('GET lists all with their number of conversations, newest activity first', async () => {
    const [older, newer] = [fresh(), fresh()];
    await talk('l1', older);
    await talk('l2', older);
    await server.conversations.change('only-settings', { title: 'not listed' });
    await new Promise((resolve) => setTimeout(resolve, 5));
    await talk('l3', newer);
    const { status, body } = await call('GET', '');
    const { workspaces } = body as { workspaces: { id: string; conversationCount: number; lastActivityAt: number }[] };
    expect(status).toBe(200);
    expect(workspaces.slice(0, 2).map(({ id, conversationCount }) => [id, conversationCount])).toEqual([
      [newer, 1],
      [older, 2],
    ]);
    expect(workspaces.find(({ id }) => id === 'default')?.conversationCount).toBe(0);
    const times = workspaces.map(({ lastActivityAt }) => lastActivityAt);
    expect(times).toEqual([...times].sort((a, b) => b - a));
  });

  test('GET lists the newest activity first however quickly they were used one after another', async () => {
    const [first, second] = [fresh(), fresh()];
    const newest = async () => ((await call('GET', '')).body.workspaces as { id: string }[])[0]?.id;
    for (const id of [first, second]) await call('PUT', `/${id}`);
    for (const [i, id] of [first, second, first, second].entries()) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      await talk(`quick-${i}`, id);
      expect(await newest()).toBe(id);
    }
  });

  test('an id that breaks its pattern is refused on every route', async () => {
    for (const id of ['Upper', 'a_b', 'a.b', 'x'.repeat(41), '%20'])
      for (const [method, path, body] of [
        ['GET', '', undefined],
        ['PUT', '', {}],
        ['PUT', '/title', { title: 't' }],
        ['PUT', '/default-cwd', { defaultCwd: null }],
        ['DELETE', '', undefined],
      ] as const)
        expect(await call(method, `/${id}${path}`, body)).toMatchObject(error(400, /a workspace id has 1 to 40 of a-z, 0-9 and "-"/));
  });

  test('what is unknown is 404, and the sentence says how to make it', async () => {
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['PUT', '/title', { title: 't' }],
      ['PUT', '/default-cwd', { defaultCwd: null }],
      ['DELETE', '', undefined],
    ] as const)
      expect(await call(method, `/nowhere${path}`, body)).toMatchObject(error(404, /no workspace "nowhere"; PUT \/workspaces\/nowhere/));
  });

  test('a directory must be absolute, a title must not be blank', async () => {
    const id = fresh();
    await call('PUT', `/${id}`);
    const relative = error(400, /defaultCwd: must be an absolute path, such as/);
    for (const defaultCwd of ['', 'src', './src', '~/src', '/a\0b']) {
      expect(await call('PUT', `/${id}/default-cwd`, { defaultCwd })).toMatchObject(relative);
      expect(await call('PUT', `/${fresh()}`, { defaultCwd })).toMatchObject(relative);
    }
    expect(await call('PUT', `/${id}/title`, { title: ' ' })).toMatchObject(error(400, /a title cannot be blank/));
    expect(await call('PUT', `/${id}/title`, { title: 'x'.repeat(501) })).toMatchObject({ status: 400 });
    for (const body of [{}, { title: 1 }, { defaultCwd: 1 }, 'no JSON', undefined])
      for (const path of ['title', 'default-cwd']) expect(await call('PUT', `/${id}/${path}`, body)).toMatchObject({ status: 400 });
  });

  test('"default" cannot be deleted', async () => {
    expect(await call('DELETE', '/default')).toMatchObject(error(409, /"default" cannot be deleted/));
  });

  test('DELETE closes its conversations, aborts their turns, moves them to "default", and tells how many', async () => {
    const id = fresh();
    await talk('d1', id);
    await talk('d2', id);
    await server.turns.close('d2');
    await server.turns.begin({ conversationId: 'busy-d', workspaceId: id, message: 'go' });
    await server.queue.add('busy-d', 'queued');
    const before = (await call('GET', '/default')).body as { lastActivityAt: number };
    expect(await call('DELETE', `/${id}`)).toEqual({ status: 200, body: { workspaceId: id, closedCount: 2 } });
    for (const conversation of ['d1', 'd2', 'busy-d']) {
      expect(await server.conversations.find(conversation)).toMatchObject({ workspaceId: 'default', status: 'closed' });
      expect(server.turns.running(conversation)).toBeUndefined();
    }
    expect((await server.conversations.list({ workspaceId: 'default' })).map((meta) => meta.id).sort()).toEqual(['busy-d', 'd1', 'd2']);
    expect((await server.conversations.history('busy-d', {})).chunks).toHaveLength(1);
    expect(await server.queue.list('busy-d')).toEqual([]);
    expect(await call('GET', `/${id}`)).toMatchObject({ status: 404 });
    expect((await call('GET', '/default')).body.lastActivityAt).toBeGreaterThan(before.lastActivityAt);
  });

  test('a deleted one comes back, empty, with the next conversation that names it', async () => {
    const id = fresh();
    await call('PUT', `/${id}`, { title: 'Old', defaultCwd: '/srv' });
    expect(await call('DELETE', `/${id}`)).toEqual({ status: 200, body: { workspaceId: id, closedCount: 0 } });
    await talk('again', id);
    expect(await call('GET', `/${id}`)).toMatchObject({ status: 200, body: { title: id, defaultCwd: null } });
  });
});

describe('deleting a workspace', () => {
  afterEach(cleanUp);

  test('while conversations start in it closes those as well, or leaves them in a new one', async () => {
    const { host, turns, conversations } = await start();
    const workspaces = host.get(Workspaces);
    await turns.begin({ conversationId: 'busy-0', workspaceId: 'w', message: 'go' });
    const started = Array.from({ length: 20 }, (_, i) => turns.begin({ conversationId: `busy-${i + 1}`, workspaceId: 'w', message: 'go' }));
    const closed = await workspaces.remove('w');
    await Promise.all(started);
    const all = await conversations.list({});
    const inDefault = all.filter(({ workspaceId }) => workspaceId === 'default');
    expect([inDefault.length, inDefault.every(({ status }) => status === 'closed')]).toEqual([closed, true]);
    expect(all.filter(({ workspaceId, status }) => workspaceId === 'w' && status === 'active')).toHaveLength(21 - inDefault.length);
    expect(all).toHaveLength(21);
  });

  test('outlives a restart', async () => {
    const first = await start();
    await first.turns.begin({ conversationId: 'c', workspaceId: 'w', message: 'go' });
    await first.turns.settled('c', 60_000);
    await first.host.get(Workspaces).remove('w');
    await first.stop();
    const second = await start(first.dataDir);
    expect(await second.host.get(Workspaces).list()).toMatchObject([{ id: 'default', conversationCount: 1 }]);
    expect(await second.conversations.find('c')).toMatchObject({ workspaceId: 'default', status: 'closed' });
  });

  test('keeps what is in memory and on the disk the same when it fails', async () => {
    const { host, turns, conversations, dataDir, stop } = await start();
    await turns.begin({ conversationId: 'busy', workspaceId: 'w', message: 'go' });
    expect(await conversations.dissolveWorkspace('w', 'default')).toEqual(['busy']);
    await turns.close('busy');
    await expect(conversations.dissolveWorkspace('w', 'no-such-workspace')).rejects.toThrow();
    expect(await conversations.find('busy')).toMatchObject({ workspaceId: 'w' });
    expect(await host.get(Workspaces).find('w')).toBeDefined();
    await stop();
    expect(await (await start(dataDir)).conversations.find('busy')).toMatchObject({ workspaceId: 'w' });
  });
});

test('a directory that was set counts from then on, however many turns ask for it meanwhile', async () => {
  const { host, conversations } = await start();
  const workspaces = host.get(Workspaces);
  await workspaces.keep('w');
  for (let i = 0; i < 40; i++) {
    const cwd = `/srv/${i}`;
    let changing = true;
    const asked: Promise<unknown>[] = [];
    const asking = (async () => {
      for (; changing; await new Promise((resolve) => setImmediate(resolve))) asked.push(conversations.state(`c${i}`, 'w'));
    })();
    await workspaces.change('w', { defaultCwd: cwd });
    changing = false;
    await asking;
    await Promise.all(asked);
    expect((await conversations.state('c', 'w')).workspaceCwd).toBe(cwd);
  }
  await cleanUp();
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ConversationsAnswer, ServerMessage } from 'dispatch/wire';
import { outline, RealServer } from '../real-server.fixture.js';
import { RealSocket } from '../real-socket.fixture.js';
import { ScriptedProvider } from '../scripted-provider.fixture.js';

let provider: ScriptedProvider;
let server: RealServer;
beforeAll(async () => {
  provider = await ScriptedProvider.listen();
  server = await RealServer.start({ providerUrl: provider.baseUrl });
}, 60_000);
afterAll(async () => {
  await server.stop();
  await provider.close();
});

async function ask(method: string, path: string, body?: unknown) {
  const answer = await fetch(server.url + path, {
    method,
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}
const newer = { clientVersion: '99.1', hints: { of: ['a', 'newer', 'client'] } };

describe('a front end that nobody here wrote', () => {
  test('may send members that this server does not know, before and after those it knows, wherever there is a body', async () => {
    const of = '/conversations/unknown-members';
    await ask('PUT', '/workspaces/unknown-members', {});
    for (const [method, path, body, status] of [
      ['POST', '/chat', { conversationId: 'unknown-members', message: 'hi' }, 200],
      ['POST', '/chat/warm', { conversationId: 'unknown-members' }, 200],
      ['POST', `${of}/queue`, { text: 'hi' }, 200],
      ['PUT', `${of}/cwd`, { cwd: '/tmp' }, 200],
      ['PUT', `${of}/model`, { model: null }, 200],
      ['PUT', `${of}/reasoning-effort`, { reasoningEffort: 'low' }, 200],
      ['PUT', `${of}/title`, { title: 'x' }, 200],
      ['PUT', `${of}/compact-percent`, { threshold: 50, percent: 50 }, 200],
      ['POST', `${of}/compact`, { keepLastN: 50 }, 422],
      ['POST', `${of}/stop`, {}, 200],
      ['POST', `${of}/open`, {}, 200],
      ['PUT', '/workspaces/unknown-members', {}, 200],
      ['PUT', '/workspaces/unknown-members/title', { title: 'x' }, 200],
      ['PUT', '/workspaces/unknown-members/default-cwd', { defaultCwd: null }, 200],
      ['PUT', '/system-prompt', { template: 'You are terse.' }, 200],
      ['POST', '/surfaces/cache-warming/actions/cache-warming/toggle', { conversationId: 'unknown-members', payload: false }, 200],
    ] as const) {
      await ask('GET', `${of}/last`); // no turn runs
      const told = await ask(method, path, { ...newer, ...body, requestId: 7 });
      expect([method, path, told.status, status === 200 ? '' : told.text]).toEqual([method, path, status, status === 200 ? '' : told.text]);
    }
  });

  test.each(['a b', 'con:1/2?x#y', 'a%20b', '"quoted"', '{}'])('is told its own id %j as it is', async (conversationId) => {
    const { headers } = await ask('POST', '/chat', { conversationId, message: 'hi' });
    expect(headers.get('x-conversation-id')).toBe(conversationId);
    expect((await server.history(encodeURIComponent(conversationId))).chunks).toHaveLength(2);
  });

  test('is told an id that no header can carry percent-encoded, and refused one that no address can name', async () => {
    for (const conversationId of ['žluť', ' led by a space'])
      expect((await ask('POST', '/chat', { conversationId, message: 'hi' })).headers.get('x-conversation-id')).toBe(
        encodeURI(conversationId),
      );
    for (const conversationId of ['.', '..']) expect((await ask('POST', '/chat', { conversationId, message: 'hi' })).status).toBe(400);
  });

  test('may leave a filter empty, and wait for an answer longer than is usual', async () => {
    const all = await server.get<ConversationsAnswer>('/conversations');
    expect(await server.get('/conversations?q=&status=&workspaceId=')).toEqual(all);
    expect(JSON.parse((await ask('GET', '/conversations/nobody/last?timeoutMs=600000')).text)).toMatchObject({ settled: true });
  });

  test('may name the workspace of a draft with its directory only', async () => {
    await ask('PUT', '/conversations/draft/cwd', { cwd: '/tmp', workspaceId: 'of-the-draft' });
    const listed = async () => (await server.get<ConversationsAnswer>('/conversations?workspaceId=of-the-draft')).conversations;
    expect(await listed()).toEqual([]);
    await ask('POST', '/chat', { conversationId: 'draft', message: 'hi' });
    expect((await listed()).map(({ id }) => id)).toEqual(['draft']);
  });

  test('sees the turn that its chat.queue starts', async () => {
    const socket = await RealSocket.open(server.url);
    socket.send({ type: 'chat.queue', conversationId: 'queued-first', text: 'hi' });
    await socket.shown('queued-first', 'turn-sealed');
    await socket.settle();
    expect(outline(socket.events('queued-first'))).toEqual([
      ...['user-message', 'turn-start', 'text-delta', 'usage', 'step-complete', 'done', 'turn-sealed'],
    ]);
    await socket.close();
  });

  test('may press two switches of a surface at once', async () => {
    const socket = await RealSocket.open(server.url);
    const at = { surfaceId: 'cache-warming', conversationId: 'switches' };
    socket.send({ type: 'subscribe', ...at });
    socket.send({ type: 'invoke', ...at, actionId: 'cache-warming/set-interval', payload: 300 });
    socket.send({ type: 'invoke', ...at, actionId: 'cache-warming/toggle', payload: true });
    const shown = (message: ServerMessage) =>
      message.type === 'update' ? JSON.stringify(message.update.spec.fields.map((field) => ('value' in field ? field.value : 0))) : '';
    await socket.until(({ got }) => got.some((message) => shown(message).startsWith('[true,300,')));
    await socket.close();
  });
});

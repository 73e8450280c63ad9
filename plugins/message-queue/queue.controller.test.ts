import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StepPart } from 'dispatch/kernel';
import { cleanUp, gate, says, serverWith } from './queue.fixture.js';

const held = gate();
let server: Awaited<ReturnType<typeof serverWith>>;
let serial = 0;

beforeAll(async () => {
  server = await serverWith(async ({ conversationId }): Promise<StepPart[]> => {
    if (conversationId?.startsWith('busy')) await held.opened;
    return says('ok');
  });
});
afterAll(async () => {
  held.open();
  await cleanUp();
});

/** A conversation in which a turn runs. */
async function busy(): Promise<string> {
  const id = `busy-${++serial}`;
  await server.turns.begin({ conversationId: id, message: 'go' });
  return id;
}
const message = (text: string) => ({ id: expect.any(String), text, queuedAt: expect.any(Number) });

describe('POST /conversations/:id/queue', () => {
  test('starts a turn where none runs, in the workspace that was named', async () => {
    const answer = await server.call('POST', '/conversations/new%20one/queue', { text: 'hi', workspaceId: 'mine' });
    expect(answer).toEqual({ status: 200, body: { conversationId: 'new one', startedTurn: true, queue: [] } });
    expect((await server.conversations.find('new one'))?.workspaceId).toBe('mine');
  });

  test('queues while a turn runs', async () => {
    const id = await busy();
    const answer = await server.call('POST', `/conversations/${id}/queue`, { text: 'hi' });
    expect(answer).toEqual({ status: 200, body: { conversationId: id, startedTurn: false, queue: [message('hi')] } });
    expect(await server.call('GET', `/conversations/${id}/queue`)).toEqual({
      status: 200,
      body: { conversationId: id, queue: [message('hi')] },
    });
  });

  const wrong: [what: string, body: unknown, sentence: RegExp][] = [
    ['a blank text', { text: ' \n\t' }, /the text is blank; say/],
    ['no text', {}, /body\.text/],
    ['a text that is none', { text: 5 }, /body\.text/],
    ['a workspace that cannot be', { text: 'x', workspaceId: 'No Such' }, /body\.workspaceId: a workspace id has 1 to 40/],
    ['a text of more than 1 MiB', { text: 'x'.repeat(1024 * 1024 + 1) }, /has 1048577 bytes; a queued message has at most 1048576/],
    ['what is no JSON', '{', /JSON/],
    ['nothing', undefined, /./],
  ];
  test.each(wrong)('refuses %s with 400 and a sentence', async (_, body, sentence) => {
    const answer = await server.call('POST', '/conversations/c/queue', body);
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringMatching(sentence) } });
  });

  test('refuses an id that breaks its pattern', async () => {
    for (const id of ['a%00b', 'x'.repeat(201)])
      expect(await server.call('POST', `/conversations/${id}/queue`, { text: 'x' })).toMatchObject({ status: 400 });
  });

  test('says 429 when a hundred messages wait', async () => {
    const id = await busy();
    await Promise.all(Array.from({ length: 100 }, (_, i) => server.queue.add(id, `m${i}`)));
    expect(await server.call('POST', `/conversations/${id}/queue`, { text: 'x' })).toMatchObject({
      status: 429,
      body: { code: 'full', error: expect.stringMatching(/^100 messages wait .* cancel some/) },
    });
  });
});

test('GET /conversations/:id/queue answers an empty list for an id the server has never seen', async () => {
  expect(await server.call('GET', '/conversations/nobody/queue')).toEqual({ status: 200, body: { conversationId: 'nobody', queue: [] } });
});

test('DELETE /conversations/:id/queue/:messageId cancels once and may be repeated', async () => {
  const id = await busy();
  const [first] = (await server.queue.add(id, 'first')).queue;
  await server.queue.add(id, 'second');
  const path = `/conversations/${id}/queue/${first?.id}`;
  const queue = [message('second')];
  expect(await server.call('DELETE', path)).toEqual({ status: 200, body: { conversationId: id, cancelled: true, queue } });
  expect(await server.call('DELETE', path)).toEqual({ status: 200, body: { conversationId: id, cancelled: false, queue } });
  expect(await server.call('DELETE', '/conversations/nobody/queue/nothing')).toEqual({
    status: 200,
    body: { conversationId: 'nobody', cancelled: false, queue: [] },
  });
});

describe('PUT /conversations/:id/queue/:messageId', () => {
  test('changes a message that waits', async () => {
    const id = await busy();
    const [first] = (await server.queue.add(id, 'first')).queue;
    const changed = { ...first, text: 'other' };
    expect(await server.call('PUT', `/conversations/${id}/queue/${first?.id}`, { text: 'other' })).toEqual({
      status: 200,
      body: { conversationId: id, queue: [changed] },
    });
  });

  test('says 404 when it is gone, and 400 for a text that cannot be', async () => {
    const path = '/conversations/c/queue/nothing';
    expect(await server.call('PUT', path, { text: 'x' })).toMatchObject({
      status: 404,
      body: { error: expect.stringMatching(/no message "nothing" waits here any more/) },
    });
    expect(await server.call('PUT', path, { text: ' ' })).toMatchObject({ status: 400, body: { code: 'blank' } });
    expect(await server.call('PUT', path, {})).toMatchObject({ status: 400 });
  });
});

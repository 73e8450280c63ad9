import { afterEach, describe, expect, test } from '@jest/globals';
import type { StepPart } from 'dispatch/kernel';
import { testClock } from 'dispatch/testing';
import type { ChatEvent } from 'dispatch/wire';
import { calls, cleanUp, gate, says, serverWith } from '../message-queue/queue.fixture.js';
import { Database } from '../storage-sqlite/contract.js';
import { RequestKeepers } from './contract.js';
import { DurableRequestKeeper } from './durable-request-keeper.js';
import idempotency from './index.js';
import { keptMs } from './request-table.js';

afterEach(cleanUp);

const started = (reply: () => Promise<readonly StepPart[]> = async () => says('ok'), dataDir?: string) =>
  serverWith(reply, dataDir, [idempotency]);
type Server = Awaited<ReturnType<typeof started>>;

const send = (server: Server, path: string, body: unknown, key: string): Promise<Response> =>
  fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
  });
const eventsIn = (text: string): ChatEvent[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ChatEvent);
const chat = async (server: Server, body: object, key: string) => eventsIn(await (await send(server, '/chat', body, key)).text());
const typesOf = (events: readonly ChatEvent[]) => events.map(({ type }) => type);
const plain = ['user-message', 'turn-start', 'text-delta', 'usage', 'step-complete', 'done', 'turn-sealed'];

describe('POST /chat with an Idempotency-Key', () => {
  test('H19: twenty times in parallel it is one turn, and every answer is that turn from its first event', async () => {
    const server = await started();
    const all = await Promise.all(Array.from({ length: 20 }, () => chat(server, { conversationId: 'c', message: 'hi' }, 'k')));
    for (const events of all) expect(events).toEqual(all[0]);
    expect(typesOf(all[0] ?? [])).toEqual(plain);
    expect([server.requests.length, await server.said('c')]).toEqual([1, ['hi']]);
  });

  test('H19: while its turn runs, the next one with the key watches that turn from its first event', async () => {
    const held = gate();
    const server = await started(async () => {
      await held.opened;
      return says('late');
    });
    const first = await send(server, '/chat', { message: 'hi' }, 'k');
    const second = await send(server, '/chat', { message: 'hi' }, 'k');
    expect(second.headers.get('x-conversation-id')).toBe(first.headers.get('x-conversation-id'));
    held.open();
    const [one, two] = [eventsIn(await first.text()), eventsIn(await second.text())];
    expect(typesOf(one)).toEqual(plain);
    expect(two).toEqual(one);
    expect(server.requests).toHaveLength(1);
  });

  test('H19: when its turn has ended, the next one is told it from the log, with the same id and the same figures', async () => {
    const server = await started();
    let nth = 0;
    server.provider.reply = async () =>
      [
        { type: 'thinking', text: 'hm ' },
        { type: 'thinking', text: 'so' },
        ...(nth++ === 0 ? [{ type: 'text', text: 'let me ' }, ...calls()] : says('done')),
      ] as StepPart[];
    const first = await chat(server, { conversationId: 'c', message: 'hi' }, 'k');
    await server.turns.settled('c', 60_000);
    const second = await chat(server, { conversationId: 'c', message: 'hi' }, 'k');
    expect(second).toEqual(merged(first));
    expect([server.requests.length, await server.said('c')]).toEqual([2, ['hi']]);
  });

  test('after a restart it is told as well, also when compaction has moved the turn into an archive', async () => {
    const server = await started();
    const before = await chat(server, { conversationId: 'c', message: 'hi' }, 'k');
    await chat(server, { conversationId: 'c', message: 'more' }, 'k2');
    const { epoch, latestSeq } = await server.conversations.history('c', {});
    const compaction = { conversationId: 'c', archiveId: 'archive', of: { epoch, latestSeq }, keepFrom: 3, summary: 'they said hi' };
    expect(await server.conversations.compact(compaction)).toBe(true);
    await server.stop();
    const again = await started(undefined, server.dataDir);
    expect(await chat(again, { conversationId: 'c', message: 'hi' }, 'k')).toEqual(before);
    expect(again.requests).toEqual([]);
  });

  test('with another body, conversation or route it is refused with 422, and nothing is stored', async () => {
    const server = await started();
    await chat(server, { conversationId: 'c', message: 'hi' }, 'k');
    const others: [string, object][] = [
      ['/chat', { conversationId: 'c', message: 'ho' }],
      ['/chat', { conversationId: 'd', message: 'hi' }],
      ['/chat', { message: 'hi' }],
      ['/conversations/c/queue', { text: 'hi' }],
    ];
    for (const [path, body] of others) {
      const answer = await send(server, path, body, 'k');
      expect(answer.status).toBe(422);
      expect(await answer.json()).toEqual({
        error: 'the Idempotency-Key "k" belongs to another request: repeat that one unchanged, or send a new key',
        code: 'idempotency_key_reused',
      });
    }
    expect(await server.said('c')).toEqual(['hi']);
    expect((await server.conversations.list({})).map(({ id }) => id)).toEqual(['c']);
  });

  test('the order of the members of its body does not matter', async () => {
    const server = await started();
    const first = await chat(server, { conversationId: 'c', message: 'hi', reasoningEffort: 'low' }, 'k');
    expect(await chat(server, { reasoningEffort: 'low', message: 'hi', conversationId: 'c' }, 'k')).toEqual(first);
  });

  test.each(['x'.repeat(256), 'a b', 'a\tb', 'caf\u00e9', 'one, two'])('the key %j is refused with 400', async (key) => {
    const server = await started();
    const answer = await send(server, '/chat', { message: 'hi' }, key);
    expect([answer.status, await answer.json()]).toEqual([400, { error: expect.any(String), code: 'bad_idempotency_key' }]);
    expect(await server.conversations.list({})).toEqual([]);
  });

  test('an empty key is refused, the longest one is taken', async () => {
    const server = await started();
    expect((await send(server, '/chat', { message: 'hi' }, '')).status).toBe(400);
    expect((await send(server, '/chat', { message: 'hi' }, '~'.repeat(255))).status).toBe(200);
  });

  test('what was refused was never: the same request may come again', async () => {
    const held = gate();
    const server = await started(async () => {
      await held.opened;
      return says('ok');
    });
    await server.turns.begin({ conversationId: 'c', message: 'first' });
    const refused = await Promise.all([1, 2].map(() => send(server, '/chat', { conversationId: 'c', message: 'second' }, 'k')));
    expect(refused.map(({ status }) => status)).toEqual([409, 409]);
    held.open();
    await server.quiet('c');
    expect(typesOf(await chat(server, { conversationId: 'c', message: 'second' }, 'k'))).toEqual(plain);
    expect(await server.said('c')).toEqual(['first', 'second']);
  });

  test('where the plugin does not run, a request with a key is refused and every other one is served', async () => {
    const server = await serverWith(async () => says('ok'));
    expect((await send(server, '/chat', { message: 'hi' }, 'k')).status).toBe(503);
    expect((await server.call('POST', '/conversations/c/queue', { text: 'hi' })).status).toBe(200);
  });
});

describe('POST /conversations/:id/queue with an Idempotency-Key', () => {
  const queue = async (server: Server, text: string, key: string) => {
    const answer = await send(server, '/conversations/c/queue', { text }, key);
    return { status: answer.status, body: (await answer.json()) as { startedTurn: boolean; queue: { text: string }[] } };
  };

  test('H19: in parallel and afterwards, a message is queued once', async () => {
    const held = gate();
    const server = await started(async () => {
      await held.opened;
      return says('ok');
    });
    await server.turns.begin({ conversationId: 'c', message: 'go' });
    const answers = await Promise.all(Array.from({ length: 10 }, () => queue(server, 'once', 'k')));
    for (const { status, body } of answers)
      expect({ status, ...body }).toMatchObject({ status: 200, startedTurn: false, queue: [{ text: 'once' }] });
    held.open();
    await server.quiet('c');
    expect((await queue(server, 'once', 'k')).body).toMatchObject({ startedTurn: false, queue: [] });
    expect(await server.said('c')).toEqual(['go', 'once']);
  });

  test('H19: in parallel, afterwards and after a restart, it starts one turn', async () => {
    const server = await started();
    const answers = await Promise.all(Array.from({ length: 10 }, () => queue(server, 'once', 'k')));
    for (const { body } of answers) expect(body).toEqual({ conversationId: 'c', startedTurn: true, queue: [] });
    await server.stop();
    const again = await started(undefined, server.dataDir);
    expect((await queue(again, 'once', 'k')).body).toEqual({ conversationId: 'c', startedTurn: true, queue: [] });
    expect(await again.said('c')).toEqual(['once']);
  });

  test('a text that cannot be queued is refused each time', async () => {
    const server = await started();
    expect([(await queue(server, ' ', 'k')).status, (await queue(server, ' ', 'k')).status]).toEqual([400, 400]);
  });
});

describe('when the server dies', () => {
  /** A keeper of its own, as the next process has one. */
  const keeper = (server: Server, clock = server.host.clock) =>
    new DurableRequestKeeper(server.host.get(Database), clock, server.host.logger);
  const request = { key: 'k', asks: 'this', conversationId: 'c' };

  test('before the turn was begun, the next try begins it, under the same id', async () => {
    const server = await started();
    const claims: string[] = [];
    const dying = { ...request, conversationId: undefined };
    void keeper(server).once(dying, async ({ conversationId, turnId }) => {
      claims.push(conversationId, turnId);
      return new Promise(() => undefined);
    });
    while (claims.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const next = await keeper(server).once(dying, async ({ conversationId, turnId }) => {
      claims.push(conversationId, turnId);
      return { startedTurn: true };
    });
    expect(claims.slice(2)).toEqual(claims.slice(0, 2));
    expect(next).toEqual({ conversationId: claims[0], turnId: claims[1], startedTurn: true, again: false });
  });

  test('after the prompt was stored and before that was noted, it is not begun again', async () => {
    const server = await started();
    let begun = false;
    void keeper(server).once(request, async ({ conversationId, turnId }) => {
      await server.turns.begin({ conversationId, message: 'hi' }, undefined, turnId);
      begun = true;
      return new Promise(() => undefined);
    });
    while (!begun) await new Promise((resolve) => setImmediate(resolve));
    await server.quiet('c');
    const next = keeper(server);
    const never = () => Promise.reject(new Error('carried out twice'));
    expect(await next.once(request, never)).toMatchObject({ startedTurn: true, again: true });
    expect(typesOf((await next.events('k')) ?? [])).toEqual(plain);
  });

  test('a message that could not be queued is not noted as queued', async () => {
    const server = await started();
    const failing = keeper(server).once(request, (claim) =>
      server.host.get(Database).write(async (manager) => {
        await claim.queued(manager);
        throw Object.assign(new Error('the disk is full'), { name: 'StorageError' });
      }),
    );
    await expect(failing).rejects.toThrow('the disk is full');
    expect(await keeper(server).once(request, async () => ({ startedTurn: false }))).toMatchObject({ again: false });
  });

  test('a key is known for 24 hours and then forgotten; there is no end of keys on the disk', async () => {
    const server = await started();
    const clock = testClock();
    const carry = () =>
      keeper(server, clock).once(request, async (claim) => {
        await server.host.get(Database).write((manager) => claim.queued(manager));
        return { startedTurn: false };
      });
    expect([(await carry()).again, (await carry()).again]).toEqual([false, true]);
    await clock.advance(keptMs - 1);
    expect((await carry()).again).toBe(true);
    await clock.advance(1);
    expect((await carry()).again).toBe(false);
    await clock.advance(keptMs);
    await keeper(server, clock).once({ ...request, key: 'other' }, async () => ({ startedTurn: false }));
    const keys = () => server.host.get(Database).read((manager) => manager.query('SELECT key FROM keyed_request'));
    while ((await keys()).length > 1) await new Promise((resolve) => setImmediate(resolve));
    expect(await keys()).toEqual([{ key: 'other' }]);
  });
});

test('who provides it is a slot, so that chat goes on without it', async () => {
  const server = await started();
  expect(server.host.get(RequestKeepers)).toHaveLength(1);
});

/** Neighbouring deltas of a kind as one, and without what is never stored. */
function merged(events: readonly ChatEvent[]): ChatEvent[] {
  const told: ChatEvent[] = [];
  for (const event of events) {
    const last = told.at(-1);
    if ((event.type === 'text-delta' || event.type === 'reasoning-delta') && last?.type === event.type)
      told[told.length - 1] = { ...last, delta: last.delta + event.delta };
    else if (event.type === 'tool-result') told.push({ ...event, durationMs: undefined });
    else told.push(event);
  }
  return told;
}

import { afterEach, describe, expect, test } from '@jest/globals';
import { definePlugin } from 'dispatch/kernel';
import { SteeringSources, Turns } from '../session-orchestrator/contract.js';
import { Database } from '../storage-sqlite/contract.js';
import { MessageQueue } from './contract.js';
import { DurableQueue } from './message-queue.js';
import { calls, cleanUp, dataFolder, gate, says, serverWith } from './queue.fixture.js';

afterEach(cleanUp);

const texts = (queue: readonly { text: string }[]) => queue.map(({ text }) => text);

/** A server whose first turn waits at a gate and then replies as asked. */
async function busy(first = says('one'), dataDir?: string) {
  const held = gate();
  const server = await serverWith(async () => says('ok'), dataDir);
  let nth = 0;
  server.provider.reply = async () => {
    if (nth++ > 0) return says('ok');
    await held.opened;
    return first;
  };
  await server.turns.begin({ conversationId: 'c', message: 'go' });
  return { ...server, held };
}

describe('a message', () => {
  test('starts a turn where none runs', async () => {
    const { queue, quiet, said } = await serverWith(async () => says('ok'));
    expect(await queue.add('c', 'hello', 'some-workspace')).toEqual({ startedTurn: true, queue: [] });
    await quiet('c');
    expect(await said('c')).toEqual(['hello']);
  });

  test('waits while a turn runs, and is handed over with the others after the next tool result', async () => {
    const { queue, quiet, said, held, requests } = await busy(calls());
    expect(await queue.add('c', 'first')).toEqual({
      startedTurn: false,
      queue: [{ id: expect.any(String), text: 'first', queuedAt: expect.any(Number) }],
    });
    expect(texts((await queue.add('c', 'second')).queue)).toEqual(['first', 'second']);
    held.open();
    await quiet('c');
    expect([await said('c'), await queue.list('c')]).toEqual([['go', 'first\n\nsecond'], []]);
    expect(requests).toHaveLength(2);
    expect(requests[1]?.messages.at(-1)).toEqual({ role: 'user', chunks: [{ type: 'text', text: 'first\n\nsecond' }] });
  });

  test('opens the next turn when the turn ends before anybody asked for it', async () => {
    const { queue, quiet, said, held, conversations } = await busy();
    await queue.add('c', 'first');
    await queue.add('c', 'second');
    held.open();
    await quiet('c');
    expect([await said('c'), await queue.list('c')]).toEqual([['go', 'first\n\nsecond'], []]);
    expect((await conversations.metrics('c')).length).toBe(2);
  });

  test('opens the next turn when it came after the ending turn had looked for the last time', async () => {
    const late: { add?: () => Promise<unknown> } = {};
    const source = { waiting: async () => void (await late.add?.()), drop: async () => undefined };
    const last = definePlugin({ id: 'last', provides: SteeringSources, inject: { queue: MessageQueue }, create: () => source });
    const { queue, turns, quiet, said } = await serverWith(async () => says('ok'), dataFolder(), [last]);
    late.add = async () => {
      late.add = undefined;
      expect(turns.running('c')).toBeDefined();
      expect((await queue.add('c', 'late')).startedTurn).toBe(false);
    };
    await turns.begin({ conversationId: 'c', message: 'go' });
    await quiet('c');
    expect([await said('c'), await queue.list('c')]).toEqual([['go', 'late'], []]);
  });

  test('waits for the user after a stop; their next message takes along what waits, in order', async () => {
    const { queue, turns, quiet, said } = await busy();
    await queue.add('c', 'first');
    await queue.add('c', 'second');
    await turns.abort('c');
    await quiet('c');
    expect([await said('c'), texts(await queue.list('c'))]).toEqual([['go'], ['first', 'second']]);
    expect(await queue.add('c', 'third')).toEqual({ startedTurn: true, queue: [] });
    await quiet('c');
    expect([await said('c'), await queue.list('c')]).toEqual([['go', 'first\n\nsecond\n\nthird'], []]);
  });

  test('is dropped when the conversation is closed, also from the disk', async () => {
    const { queue, turns, quiet, said, dataDir, stop } = await busy();
    await queue.add('c', 'first');
    await turns.close('c');
    await quiet('c');
    expect([await said('c'), await queue.list('c')]).toEqual([['go'], []]);
    await stop();
    const again = await serverWith(async () => says('ok'), dataDir);
    expect(await again.queue.list('c')).toEqual([]);
  });

  test('is still there after a restart, and waits for the user', async () => {
    const { queue, stop, dataDir } = await busy();
    const { queue: before } = await queue.add('c', 'first with \u{1F680} and\nlines');
    await stop();
    const again = await serverWith(async () => says('ok'), dataDir);
    expect(await again.queue.list('c')).toEqual(before);
    await again.queue.add('c', 'second');
    await again.quiet('c');
    expect(await again.said('c')).toEqual(['go', 'first with \u{1F680} and\nlines\n\nsecond']);
    await again.stop();
    expect(await (await serverWith(async () => says('ok'), dataDir)).queue.list('c')).toEqual([]);
  });

  test('that was cancelled is never shown; cancelling it again, or another one, does nothing', async () => {
    const { queue, quiet, said, held } = await busy(calls());
    await queue.add('c', 'first');
    const id = (await queue.add('c', 'second')).queue[1]?.id as string;
    const left = await queue.list('c').then(([first]) => [first]);
    expect(await queue.cancel('c', id)).toEqual({ cancelled: true, queue: left });
    expect(await queue.cancel('c', id)).toEqual({ cancelled: false, queue: left });
    expect(await queue.cancel('other', left[0]?.id as string)).toEqual({ cancelled: false, queue: [] });
    held.open();
    await quiet('c');
    expect(await said('c')).toEqual(['go', 'first']);
  });

  test('that was edited is shown with its new text in its old place; one that is gone cannot be edited', async () => {
    const { queue, quiet, said, held } = await busy(calls());
    const id = (await queue.add('c', 'first')).queue[0]?.id as string;
    await queue.add('c', 'second');
    expect(texts((await queue.edit('c', id, 'changed')) ?? [])).toEqual(['changed', 'second']);
    held.open();
    await quiet('c');
    expect(await said('c')).toEqual(['go', 'changed\n\nsecond']);
    expect(await queue.edit('c', id, 'again')).toBeUndefined();
  });

  test('that is blank, too long, or one too many is refused, and nothing is stored', async () => {
    const { queue } = await busy();
    await expect(queue.add('c', ' \n')).rejects.toMatchObject({ code: 'blank' });
    await expect(queue.add('c', 'é'.repeat(600 * 1024))).rejects.toMatchObject({ code: 'too-long' });
    await Promise.all(Array.from({ length: 100 }, (_, i) => queue.add('c', `m${i}`)));
    await expect(queue.add('c', 'one more')).rejects.toMatchObject({ code: 'full' });
    expect(texts(await queue.list('c'))).toEqual(Array.from({ length: 100 }, (_, i) => `m${i}`));
  });

  test('is refused when more than 16 MiB would wait', async () => {
    const { queue } = await busy();
    for (let i = 0; i < 16; i++) await queue.add('c', 'x'.repeat(1024 * 1024));
    await expect(queue.add('c', 'y')).rejects.toMatchObject({
      code: 'full',
      message: expect.stringMatching(/^with this text 16777217 bytes/),
    });
  });

  test('is not lost when the turn could not be started: whoever sent it is told, and what waited goes on waiting', async () => {
    const { queue, turns, quiet } = await busy();
    await queue.add('c', 'first');
    await turns.abort('c');
    await quiet('c');
    await turns.drain(0);
    await expect(queue.add('c', 'second')).rejects.toMatchObject({ name: 'TurnRefused', code: 'stopping' });
    expect(texts(await queue.list('c'))).toEqual(['first']);
  });
});

test('each change of a queue is told, until nobody wants to know', async () => {
  const { queue, turns, quiet, held, shown } = await busy();
  const told: string[] = [];
  const end = queue.onChange((id) => told.push(id));
  const id = (await queue.add('c', 'first')).queue[0]?.id as string;
  await queue.edit('c', id, 'other');
  await queue.cancel('c', id);
  await queue.cancel('c', id);
  expect(told).toEqual(['c', 'c', 'c']);
  await queue.add('c', 'second');
  held.open();
  await quiet('c');
  expect(told).toEqual(['c', 'c', 'c', 'c', 'c']);
  end();
  await turns.close('c');
  expect(told).toHaveLength(5);
  expect(shown).toEqual(told.map(() => 'message-queue c'));
});

test('a turn that asks what waits before its start is over is not kept waiting', async () => {
  const { host, turns, conversations } = await serverWith(async () => says('ok'));
  const asked: unknown[] = [];
  const asking: Turns = {
    ...turns,
    running: () => undefined,
    begin: async () => {
      asked.push(await queue.waiting('c'));
      return { conversationId: 'c', turnId: 't' };
    },
  };
  const queue = new DurableQueue(host.get(Database), conversations, asking, host.clock, host.logger);
  expect(await queue.add('c', 'hello')).toEqual({ startedTurn: true, queue: [] });
  expect(asked).toEqual([undefined]);
});

test('conversations do not wait for each other, nor hear of each other', async () => {
  const { queue, host } = await busy();
  await Promise.all([queue.add('c', 'for c'), queue.add('d', 'for d')]);
  expect([texts(await queue.list('c')), await queue.list('d')]).toEqual([['for c'], []]);
  await host.get(Turns).settled('d', 60_000);
});

describe('when the server dies', () => {
  /** What a death in the wrong moment leaves: the text is in the log, and the disk has not forgotten the message. */
  async function diedAfterStoring(last: string) {
    const server = await busy(last === 'steering' ? calls() : says('one'));
    const { queue, turns, quiet, held, host, stop, dataDir } = server;
    const sql = (statement: string) => host.get(Database).write((manager) => manager.query(statement));
    await queue.add('c', 'first');
    await sql(`CREATE TRIGGER stuck BEFORE DELETE ON queued_message BEGIN SELECT RAISE(FAIL, 'stuck'); END`);
    if (last === 'add') {
      await turns.abort('c');
      await quiet('c');
      await queue.add('c', 'second');
    }
    held.open();
    await quiet('c');
    const said = await server.said('c');
    expect(await queue.list('c')).toEqual([]);
    expect(await sql('SELECT text FROM queued_message')).toEqual([{ text: 'first' }]);
    await sql('DROP TRIGGER stuck');
    await stop();
    return { said, again: await serverWith(async () => says('ok'), dataDir) };
  }

  test.each([
    ['steering', 'first'],
    ['carry-over', 'first'],
    ['add', 'first\n\nsecond'],
  ])('before it could forget what was handed over (%s), the log tells that it was', async (last, text) => {
    const { said, again } = await diedAfterStoring(last);
    expect(said).toEqual(['go', text]);
    expect(await again.queue.list('c')).toEqual([]);
    await again.queue.add('c', 'new');
    await again.quiet('c');
    expect(await again.said('c')).toEqual(['go', text, 'new']);
  });

  test('before what was offered could be stored, it still waits', async () => {
    const { queue, host, stop, dataDir } = await busy();
    await queue.add('c', 'first');
    await host.get(Database).write((manager) => manager.query('UPDATE queued_message SET offeredAfter = 1'));
    await stop();
    const again = await serverWith(async () => says('ok'), dataDir);
    expect(texts(await again.queue.list('c'))).toEqual(['first']);
  });
});

test('a conversation that is closed while its turn is being sealed is closed afterwards', async () => {
  const last: { close?: () => Promise<boolean> } = {};
  const source = { waiting: async () => void setImmediate(() => last.close?.()), drop: async () => undefined };
  const closing = definePlugin({ id: 'closing', provides: SteeringSources, inject: { queue: MessageQueue }, create: () => source });
  const { turns, quiet, conversations } = await serverWith(async () => says('ok'), dataFolder(), [closing]);
  let closed: Promise<boolean> | undefined;
  last.close = () => {
    closed ??= turns.close('c');
    return closed;
  };
  await turns.begin({ conversationId: 'c', message: 'go' });
  await quiet('c');
  await closed;
  expect((await conversations.find('c'))?.status).toBe('closed');
});

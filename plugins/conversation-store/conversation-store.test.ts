import { afterEach, describe, expect, test } from '@jest/globals';
import { testClock } from 'dispatch/testing';
import type { TurnEvent } from 'dispatch/wire';
import fc from 'fast-check';
import { windowQuery } from './conversation-log.js';
import { ConversationStore } from './conversation-store.js';
import { ChunkRow } from './entities/chunk-row.js';
import { ConversationRow } from './entities/conversation-row.js';
import { DraftRow } from './entities/draft-row.js';
import { TurnRow } from './entities/turn-row.js';
import { WorkspaceRow } from './entities/workspace-row.js';
import { begun, cleanUp, eventsFor, eventsOf, foldEvents, foldStored, storeIn, turnPlan } from './store.fixture.js';

afterEach(cleanUp);

const opening = (conversationId: string, turnId: string, text = 'hello', at = 1000) => ({ conversationId, turnId, text, at });

async function play(store: ConversationStore, id: string, turnId: string, events: readonly TurnEvent[], text = 'hello') {
  const turn = await begun(store, opening(id, turnId, text));
  for (const event of events) await turn.record(event);
  await turn.seal('idle');
}
const plain = (id: string, turnId: string, text: string): TurnEvent[] =>
  eventsOf(id, turnId, [
    { type: 'text-delta', delta: text },
    { type: 'usage', usage: { inputTokens: 3, outputTokens: 1 } },
    { type: 'step-complete', stepId: `${turnId}#0` },
    { type: 'done', reason: 'stop' },
  ]);

describe('a turn', () => {
  test('is durable from its prompt on, and complete when it is sealed', async () => {
    const { store, dataDir, close } = await storeIn();
    const turn = await begun(store, {
      ...opening('c', 't', '  What \n is\tthis? '),
      images: [{ url: 'https://x.test/a.png', mimeType: 'image/png' }],
      model: 'cred/m',
      cwd: '/work',
      workspaceId: 'web',
    });
    expect(await store.find('c')).toEqual({
      id: 'c',
      createdAt: 1000,
      lastActivityAt: 1000,
      title: 'What is this?',
      status: 'active',
      workspaceId: 'web',
    });
    expect((await store.history('c', {})).chunks).toEqual([
      { seq: 1, role: 'user', chunk: { type: 'text', text: '  What \n is\tthis? ' } },
      { seq: 2, role: 'user', chunk: { type: 'image', url: 'https://x.test/a.png', mimeType: 'image/png' } },
    ]);
    for (const event of plain('c', 't', 'an answer')) await turn.record(event);
    await turn.seal('idle');
    await close();
    const again = await storeIn(dataDir);
    expect(await again.store.history('c', { sinceSeq: 2 })).toEqual({
      chunks: [{ seq: 3, role: 'assistant', chunk: { type: 'text', text: 'an answer' } }],
      latestSeq: 3,
      epoch: 0,
    });
    expect(await again.store.metrics('c')).toEqual([
      {
        turnId: 't',
        usage: { inputTokens: 3, outputTokens: 1 },
        steps: [{ stepId: 't#0', usage: { inputTokens: 3, outputTokens: 1 } }],
      },
    ]);
    expect(await again.store.state('c')).toEqual({
      id: 'c',
      known: true,
      status: 'idle',
      workspaceId: 'web',
      workspaceCwd: null,
      title: 'What is this?',
      cwd: '/work',
      model: 'cred/m',
      reasoningEffort: null,
      compactPercent: null,
    });
    expect(await again.store.lastText('c')).toBe('an answer');
    expect(await again.store.recover()).toEqual([]);
  });

  test('stores exactly what its events say, whatever they are', async () => {
    const { store } = await storeIn();
    let n = 0;
    await fc.assert(
      fc.asyncProperty(turnPlan, async (plan) => {
        const id = `c${n++}`;
        const events = eventsFor(id, id, plan);
        await play(store, id, id, events);
        const { chunks } = await store.history(id, {});
        expect(chunks.map(({ seq }) => seq)).toEqual(chunks.map((_, i) => i + 1));
        expect(foldStored(chunks)).toEqual([['user', 'hello'], ...foldEvents(events)]);
      }),
      { numRuns: 150 },
    );
  });

  test('loses nothing it was durable for when the process ends at any event, and is sealed by the next', async () => {
    const { store, database } = await storeIn(undefined, testClock());
    let n = 0;
    await fc.assert(
      fc.asyncProperty(turnPlan, fc.nat(30), async (plan, cut) => {
        const id = `c${n++}`;
        const events = eventsFor(id, id, plan).slice(0, cut);
        const turn = await begun(store, opening(id, id));
        let durable = 0;
        for (const [i, event] of events.entries()) {
          const saved = turn.record(event);
          await saved;
          if (saved) durable = i + 1;
        }
        const next = new ConversationStore(database, testClock()); // knows only the disk
        expect(await next.recover()).toContain(id);
        expect(await next.recover()).toEqual([]);
        const { chunks } = await next.history(id, {});
        expect(chunks.map(({ seq }) => seq)).toEqual(chunks.map((_, i) => i + 1));
        const found = foldStored(chunks).filter((row) => !String(row[2]).startsWith('interrupted'));
        expect(found).toEqual([['user', 'hello'], ...foldEvents(events.slice(0, durable))]);
        const calls = chunks.filter(({ chunk }) => chunk.type === 'tool-call').length;
        expect(chunks.filter(({ chunk }) => chunk.type === 'tool-result')).toHaveLength(calls);
        expect((await next.state(id)).status).toBe('idle');
        expect(await next.metrics(id)).toHaveLength(1);
      }),
      { numRuns: 150 },
    );
  });

  test('saves the partial text of a running step within half a second, without a write per delta', async () => {
    const clock = testClock();
    const { store, database } = await storeIn(undefined, clock);
    const turn = await begun(store, opening('c', 't'));
    for (let i = 0; i < 1000; i++)
      expect(turn.record({ type: 'text-delta', conversationId: 'c', turnId: 't', delta: `${i} ` })).toBeUndefined();
    const drafts = () => database.read((manager) => manager.query('SELECT body FROM draft'));
    expect(await drafts()).toEqual([]);
    await clock.advance(500);
    await new Promise((resolve) => setImmediate(resolve));
    await database.write(async () => undefined);
    expect((await drafts())[0].body).toContain('998 999 ');
    for (const event of plain('c', 't', 'end')) await turn.record(event);
    expect(await drafts()).toEqual([]);
    await turn.seal('idle');
    await clock.advance(500);
    expect(clock.sleeping()).toBe(0);
  });

  test('never reopens what was closed, and a new one does', async () => {
    const { store } = await storeIn();
    const turn = await begun(store, opening('c', 't'));
    await store.setStatus('c', 'closed');
    await turn.seal('active');
    expect((await store.state('c')).status).toBe('closed');
    await begun(store, opening('c', 't2'));
    expect((await store.state('c')).status).toBe('active');
  });

  test('answers a call that nobody answered', async () => {
    const { store } = await storeIn();
    const call = { type: 'tool-call', stepId: 't#0', toolCallId: 'a', toolName: 'x', input: {} } as const;
    await play(store, 'c', 't', eventsOf('c', 't', [call, { type: 'done', reason: 'aborted' }]));
    const { chunks } = await store.history('c', {});
    expect(chunks.at(-1)?.chunk).toMatchObject({
      type: 'tool-result',
      toolCallId: 'a',
      isError: true,
      content: expect.stringMatching(/^interrupted/),
    });
  });
});

describe('a disk that refuses', () => {
  test('rejects what was to be durable, and everything is there once it takes writes again', async () => {
    const clock = testClock();
    const { store, database } = await storeIn(undefined, clock);
    const turn = await begun(store, opening('c', 't'));
    const [{ page_count: pages }] = await database.write((manager) => manager.query('PRAGMA page_count'));
    await database.write((manager) => manager.query(`PRAGMA max_page_count = ${pages}`));
    const big = 'x'.repeat(200_000);
    const events = eventsOf('c', 't', [
      { type: 'text-delta', delta: big },
      { type: 'step-complete', stepId: 't#0' },
      { type: 'error', message: 'the disk is full' },
      { type: 'done', reason: 'error' },
    ]);
    const answers = await Promise.allSettled(events.map((event) => turn.record(event)));
    expect(answers.map((each) => each.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    await expect(turn.seal('idle')).rejects.toMatchObject({ code: 'full' });
    expect((await store.history('c', {})).chunks).toHaveLength(1);
    await expect(begun(store, opening('c', 't2', big))).rejects.toMatchObject({ code: 'full' });
    await database.write((manager) => manager.query('PRAGMA max_page_count = 100000'));
    await play(store, 'c', 't3', plain('c', 't3', 'fine'), 'again');
    expect(foldStored((await store.history('c', {})).chunks)).toEqual([
      ['user', 'hello'],
      ['text', big],
      ['error', 'the disk is full'],
      ['user', 'again'],
      ['text', 'fine'],
    ]);
    expect((await store.metrics('c')).map((each) => each.turnId)).toEqual(['t', 't3']);
    expect((await store.messages('c')).map((message) => message.role)).toEqual(['user', 'assistant', 'user', 'assistant']);
  });

  test('has its turn sealed later by itself', async () => {
    const clock = testClock();
    const { store, database } = await storeIn(undefined, clock);
    const turn = await begun(store, opening('c', 't'));
    const [{ page_count: pages }] = await database.write((manager) => manager.query('PRAGMA page_count'));
    await database.write((manager) => manager.query(`PRAGMA max_page_count = ${pages}`));
    turn.record({ type: 'text-delta', conversationId: 'c', turnId: 't', delta: 'x'.repeat(200_000) });
    await expect(turn.seal('idle')).rejects.toMatchObject({ code: 'full' });
    await database.write((manager) => manager.query('PRAGMA max_page_count = 100000'));
    while ((await store.metrics('c')).length === 0) await clock.advance(2000);
    expect((await store.state('c')).status).toBe('idle');
  });
});

test('every entity reads and writes its table', async () => {
  const { store, database } = await storeIn();
  await begun(store, opening('c', 't'));
  await database.write(async (manager) => {
    for (const entity of [WorkspaceRow, ConversationRow, ChunkRow, TurnRow]) {
      const [row] = await manager.getRepository<object>(entity).find();
      expect(row).toBeInstanceOf(entity);
      await manager.save(row as object);
    }
    await manager.save(Object.assign(new DraftRow(), { turn: 1, body: '{}' }));
  });
  expect(await database.read((manager) => manager.getRepository(DraftRow).count())).toBe(1);
});

describe('windows', () => {
  test('are what a plain filter gives, for any bounds', async () => {
    const { store } = await storeIn();
    for (let i = 0; i < 12; i++) await play(store, 'c', `t${i}`, plain('c', `t${i}`, `a${i}`));
    const { chunks: all } = await store.history('c', {});
    const bound = (min: number) => fc.option(fc.integer({ min, max: 30 }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(bound(0), bound(1), bound(1), async (sinceSeq, beforeSeq, limit) => {
        const picked = all.filter(({ seq }) => seq > (sinceSeq ?? 0) && seq < (beforeSeq ?? Infinity));
        const chunks = limit === undefined ? picked : picked.slice(-limit);
        expect(await store.history('c', { sinceSeq, beforeSeq, limit })).toEqual({
          chunks,
          latestSeq: chunks.at(-1)?.seq ?? sinceSeq ?? 0,
          epoch: 0,
        });
      }),
    );
  });

  test('are one indexed range read', async () => {
    const { database } = await storeIn();
    for (const window of [{}, { sinceSeq: 3 }, { beforeSeq: 9, limit: 2 }, { sinceSeq: 1, beforeSeq: 5, limit: 3 }]) {
      const [sql, values] = windowQuery(1, window);
      const plan = await database.read((manager) => manager.query(`EXPLAIN QUERY PLAN ${sql}`, values));
      expect(plan).toHaveLength(1);
      expect(plan[0].detail).toMatch(/^SEARCH chunk USING PRIMARY KEY \(conversation=\? AND seq>/);
    }
  });
});

describe('conversations', () => {
  test('that only had their settings changed are in no list', async () => {
    const { store } = await storeIn();
    await store.change('c', { model: 'a/b', compactPercent: 40, title: 'Mine' });
    expect([await store.find('c'), await store.list({})]).toEqual([undefined, []]);
    expect(await store.state('c', 'web')).toMatchObject({ known: false, model: 'a/b', compactPercent: 40, workspaceId: 'web' });
    await begun(store, { ...opening('c', 't', 'first words'), workspaceId: 'web' });
    expect(await store.find('c')).toMatchObject({ title: 'Mine', workspaceId: 'web', createdAt: 1000 });
    await begun(store, { ...opening('c', 't2'), workspaceId: 'other' });
    expect((await store.state('c')).workspaceId).toBe('web');
    await store.change('c', { model: null });
    expect((await store.state('c')).model).toBeNull();
  });

  test('are listed by newest activity, and filtered', async () => {
    const { store } = await storeIn();
    for (const [i, id] of ['ab-1', 'ab-2', 'b%_3'].entries()) await begun(store, opening(id, id, '', 10 + i));
    await store.setStatus('ab-2', 'closed');
    const ids = async (filter: Parameters<typeof store.list>[0]) => (await store.list(filter)).map(({ id }) => id);
    expect(await ids({})).toEqual(['b%_3', 'ab-2', 'ab-1']);
    expect(await ids({ idPrefix: 'ab' })).toEqual(['ab-2', 'ab-1']);
    expect(await ids({ idPrefix: '%' })).toEqual([]);
    expect(await ids({ statuses: ['closed', 'idle'] })).toEqual(['ab-2']);
    expect(await ids({ statuses: [] })).toHaveLength(3);
    expect(await ids({ workspaceId: 'none' })).toEqual([]);
    expect((await store.find('ab-1'))?.title).toBe('Untitled');
  });

  test('give the model the same objects for the same messages, also after a later turn', async () => {
    const { store, database } = await storeIn();
    await play(store, 'c', 't1', plain('c', 't1', 'one'));
    const first = await store.messages('c');
    await play(store, 'c', 't2', plain('c', 't2', 'two'));
    const second = await store.messages('c');
    expect(second).toHaveLength(4);
    expect(first.every((message, i) => message === second[i])).toBe(true);
    expect(await new ConversationStore(database, testClock()).messages('c')).toEqual(second);
    expect(await store.messages('nobody')).toEqual([]);
  });

  test('answer their last text over everything that came after it', async () => {
    const { store } = await storeIn();
    await play(store, 'c', 't1', plain('c', 't1', 'the last words'));
    const results = Array.from({ length: 120 }, (_, i) => `k${i}`);
    await play(
      store,
      'c',
      't2',
      eventsOf('c', 't2', [
        ...results.map((toolCallId) => ({ type: 'tool-call', stepId: 't2#0', toolCallId, toolName: 'x', input: {} }) as const),
        { type: 'step-complete', stepId: 't2#0' },
        { type: 'error', message: 'broke' },
        { type: 'done', reason: 'error' },
      ]),
    );
    expect(await store.lastText('c')).toBe('the last words');
    expect(await store.lastText('nobody')).toBe('');
  });
});

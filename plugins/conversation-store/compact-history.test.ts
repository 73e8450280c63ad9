import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { TurnEvent } from 'dispatch/wire';
import { buildSync } from 'esbuild';
import type { ConversationStore } from './conversation-store.js';
import { begun, cleanUp, eventsOf, storeIn } from './store.fixture.js';

afterEach(cleanUp);

async function turn(store: ConversationStore, id: string, turnId: string, text: string, more: TurnEvent[] = []): Promise<void> {
  const open = await begun(store, { conversationId: id, turnId, text, at: 1000, model: 'cred/m', cwd: '/work', workspaceId: 'web' });
  const events = eventsOf(id, turnId, [
    { type: 'text-delta', delta: `re: ${text}` },
    { type: 'step-complete', stepId: `${turnId}#0` },
    { type: 'done', reason: 'stop', contextSize: 7 },
  ]);
  for (const event of [...more, ...events]) await open.record(event);
  await open.seal('idle');
}

/** A conversation of these prompts, each answered. */
async function talk(prompts: readonly string[], dataDir?: string) {
  const made = await storeIn(dataDir);
  for (const [i, prompt] of prompts.entries()) await turn(made.store, 'c', `t${i}`, prompt);
  return made;
}

async function compact(store: ConversationStore, keep: number, archiveId = 'archive'): Promise<boolean> {
  const log = await store.log('c');
  if (!log) throw new Error('there is no log');
  return store.compact({ conversationId: 'c', archiveId, of: log, keepFrom: log.messages.at(-keep)?.seq ?? 0, summary: 'what was' });
}

const texts = async (store: ConversationStore, id: string) =>
  (await store.history(id, {})).chunks.map(({ seq, role, chunk }) => `${seq} ${role} ${'text' in chunk ? chunk.text : chunk.type}`);
const said = async (store: ConversationStore, id: string) =>
  (await store.messages(id)).map(({ role, chunks }) => `${role} ${chunks.map((chunk) => ('text' in chunk ? chunk.text : chunk.type))}`);

const old = ['1 user a', '2 assistant re: a', '3 user b', '4 assistant re: b'];
const short = ['1 user what was', '2 user b', '3 assistant re: b'];

describe('the raw log', () => {
  test('is told message by message, each with where it begins', async () => {
    const { store } = await storeIn();
    const call = { stepId: 't#0', toolCallId: 'x', toolName: 'dice' } as const;
    await turn(store, 'c', 't', 'roll', [
      ...eventsOf('c', 't', [
        { type: 'reasoning-delta', delta: 'hm' },
        { type: 'text-delta', delta: 'I roll' },
        { type: 'tool-call', ...call, input: {} },
        { type: 'step-complete', stepId: 't#0' },
        { type: 'tool-result', ...call, content: '6', isError: false },
      ]),
    ]);
    const log = await store.log('c');
    expect(log?.messages.map(({ seq, role, chunks }) => [seq, role, chunks.map(({ type }) => type)])).toEqual([
      [1, 'user', ['text']],
      [2, 'assistant', ['thinking', 'text', 'tool-call']],
      [5, 'tool', ['tool-result']],
      [6, 'assistant', ['text']],
    ]);
    expect([log?.epoch, log?.latestSeq]).toEqual([0, 6]);
  });

  test('of a conversation nobody has spoken in is none', async () => {
    const { store } = await storeIn();
    await store.change('c', { title: 'x' });
    expect([await store.log('c'), await store.log('unknown')]).toEqual([undefined, undefined]);
  });
});

describe('a compaction', () => {
  test('leaves the summary and the newest under the old id, numbered anew, and the whole history in the archive', async () => {
    const { store, dataDir, close } = await talk(['a', 'b']);
    await store.change('c', { title: 'mine', reasoningEffort: 'low', compactPercent: 50 });
    const before = await store.find('c');
    expect(await compact(store, 2)).toBe(true);
    const check = async (from: ConversationStore) => {
      expect(await texts(from, 'c')).toEqual(short);
      expect(await texts(from, 'archive')).toEqual(old);
      expect((await from.history('c', {})).epoch).toBe(1);
      expect(await from.find('c')).toEqual({ ...before, epoch: 1, compactedFrom: 'archive' });
      expect(await from.find('archive')).toEqual({ ...before, id: 'archive', status: 'closed' });
      expect(await from.state('c')).toMatchObject({
        title: 'mine',
        cwd: '/work',
        model: 'cred/m',
        reasoningEffort: 'low',
        compactPercent: 50,
      });
      expect((await from.metrics('archive')).map(({ turnId }) => turnId)).toEqual(['t0', 't1']);
      expect((await from.list({})).map(({ id }) => id)).toEqual(['c', 'archive']);
    };
    await check(store);
    await close();
    await check((await storeIn(dataDir)).store);
  });

  test('is what models are shown from then on, also when the old history was in memory', async () => {
    const { store } = await talk(['a', 'b']);
    expect(await said(store, 'c')).toHaveLength(4);
    await compact(store, 2);
    expect(await said(store, 'c')).toEqual(['user what was', 'user b', 'assistant re: b']);
    expect(await said(store, 'archive')).toEqual(['user a', 'assistant re: a', 'user b', 'assistant re: b']);
  });

  test('can be gone on from, and compacted again', async () => {
    const { store, dataDir, close } = await talk(['a', 'b']);
    await compact(store, 2);
    await turn(store, 'c', 't9', 'next');
    expect(await texts(store, 'c')).toEqual([...short, '4 user next', '5 assistant re: next']);
    expect((await store.log('c'))?.messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    await compact(store, 1, 'second');
    expect(await texts(store, 'c')).toEqual(['1 user what was', '2 assistant re: next']);
    expect(await store.find('second')).toMatchObject({ compactedFrom: 'archive', epoch: 1 });
    await close();
    const again = await storeIn(dataDir);
    await turn(again.store, 'c', 't10', 'on');
    expect(await texts(again.store, 'c')).toEqual(['1 user what was', '2 assistant re: next', '3 user on', '4 assistant re: on']);
  });

  test('changes nothing when the log is another one by now', async () => {
    const { store } = await talk(['a', 'b']);
    const log = await store.log('c');
    if (!log) throw new Error('there is no log');
    const asked = { conversationId: 'c', archiveId: 'archive', of: log, keepFrom: 3, summary: 'what was' };
    await turn(store, 'c', 't9', 'meanwhile');
    expect(await store.compact(asked)).toBe(false);
    expect(await store.compact({ ...asked, conversationId: 'unknown' })).toBe(false);
    expect(await store.find('archive')).toBeUndefined();
    expect(await texts(store, 'c')).toHaveLength(6);
  });

  test('changes nothing while a turn is open, even one that begins in the same commit', async () => {
    const { store } = await talk(['a', 'b']);
    const opening = begun(store, { conversationId: 'c', turnId: 't9', text: 'meanwhile', at: 2000 });
    const compacting = compact(store, 2);
    await opening;
    expect(await compacting).toBe(false);
    const log = await store.log('c');
    expect(log && (await store.compact({ conversationId: 'c', archiveId: 'archive', of: log, keepFrom: 3, summary: 'x' }))).toBe(false);
  });

  test('comes before a turn that begins in the same commit, and that turn goes to the new log', async () => {
    const { store } = await talk(['a', 'b']);
    const log = await store.log('c');
    if (!log) throw new Error('there is no log');
    const compacting = store.compact({ conversationId: 'c', archiveId: 'archive', of: log, keepFrom: 3, summary: 'what was' });
    const opening = turn(store, 'c', 't9', 'next');
    expect(await compacting).toBe(true);
    await opening;
    expect(await texts(store, 'c')).toEqual([...short, '4 user next', '5 assistant re: next']);
    expect(await said(store, 'c')).toHaveLength(5);
    expect(await texts(store, 'archive')).toEqual(old);
  });

  test('is never seen half done by those who read meanwhile', async () => {
    const { store } = await talk(['a', 'b']);
    const seen = new Set<string>();
    let over = false;
    const readers = Array.from({ length: 4 }, async (_, i) => {
      while (!over) {
        const { chunks, epoch } = await store.history('c', {});
        seen.add(`${epoch}: ${chunks.length}`);
        if (i === 0) seen.add(`said ${(await store.messages('c')).length}`);
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    expect(await compact(store, 2)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 20));
    over = true;
    await Promise.all(readers);
    expect([...seen].filter((each) => !['0: 4', '1: 3', 'said 4', 'said 3'].includes(each))).toEqual([]);
    expect(await said(store, 'c')).toHaveLength(3);
  });

  test('that cannot be written leaves memory as it was', async () => {
    const { store } = await talk(['a', 'b']);
    await store.change('archive', { cwd: '/taken' });
    await expect(compact(store, 2)).rejects.toThrow(/UNIQUE/);
    expect(await texts(store, 'c')).toEqual(old);
    expect(await compact(store, 2, 'other')).toBe(true);
    expect(await texts(store, 'c')).toEqual(short);
  });
});

describe('killed', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dispatch-compact-crash-')));
  const bundle = join(folder, 'compact-crash.cjs');
  beforeAll(async () => {
    const root = process.cwd();
    buildSync({
      entryPoints: [join(root, 'plugins/conversation-store/compact-crash.fixture.ts')],
      ...{ bundle: true, platform: 'node', format: 'cjs', target: 'node20', outfile: bundle, tsconfig: join(root, 'tsconfig.json') },
      ...{ external: ['typeorm', 'sqlite3', 'inversify', 'reflect-metadata', 'zod'], keepNames: true, logLevel: 'silent' },
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const die = (dataDir: string, n: number) =>
    new Promise<string | null>((resolve) => {
      const child = spawn(process.execPath, [bundle, dataDir, String(n)], {
        stdio: 'inherit',
        env: { ...process.env, NODE_PATH: join(process.cwd(), 'node_modules') },
      });
      child.once('exit', (_, signal) => resolve(signal));
    });

  test.each([0, 1, 2, 3, 99])('before write %i of its commit, it leaves the old history or the new one and no mixture', async (n) => {
    const { dataDir, close } = await talk(['a', 'b', 'c']);
    await close();
    expect(await die(dataDir, n)).toBe('SIGKILL');
    const { store } = await storeIn(dataDir);
    await store.recover();
    const done = n > 3;
    expect(await texts(store, 'c')).toEqual(
      done ? ['1 user what was', '2 assistant re: b', '3 user c', '4 assistant re: c'] : [...old, '5 user c', '6 assistant re: c'],
    );
    expect((await store.history('c', {})).epoch).toBe(done ? 1 : 0);
    expect((await store.list({})).map(({ id }) => id)).toEqual(done ? ['c', 'archive'] : ['c']);
    await turn(store, 'c', 't9', 'and on');
    expect((await texts(store, 'c')).slice(-2)).toEqual(
      done ? ['5 user and on', '6 assistant re: and on'] : ['7 user and on', '8 assistant re: and on'],
    );
  });
});

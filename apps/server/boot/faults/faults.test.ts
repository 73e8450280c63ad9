import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { definePlugin, type Tool, type ToolContext, Tools } from 'dispatch/kernel';
import { quietLogger, testClock } from 'dispatch/testing';
import { culpritIn, lineIn } from './blame.js';
import { contain } from './contain.js';
import { CrashCount } from './crash-count.js';
import { FaultLedger } from './fault-ledger.js';
import { frozen } from './frozen.js';
import { leftOpen, openServers } from './open-servers.js';
import { pacedLogger } from './paced-logger.js';
import { standInFor } from './stand-in.js';

describe('the ledger', () => {
  test('gives a rest after five heavy faults within a minute, each time a longer one, an hour at most', () => {
    let now = 0;
    const ledger = new FaultLedger(() => now);
    const rests = [];
    for (let n = 0; n < 60; n++) {
      now += 1_000;
      const rest = ledger.note('/a', `fault ${n}`, false);
      if (rest !== undefined) rests.push(rest / 1_000);
    }
    expect(rests).toEqual([30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600, 3_600, 3_600]);
    expect(ledger.of('/a')).toMatchObject({ count: 60, last: 'fault 59' });
  });

  test('forgets what is longer ago than a minute, forgives after ten, and counts light ones without consequence', () => {
    let now = 0;
    const ledger = new FaultLedger(() => now);
    const note = (light = false, step = 1_000) => {
      now += step;
      return ledger.note('/a', 'x', light);
    };
    expect(Array.from({ length: 30 }, () => note(false, 20_000)).filter(Boolean)).toEqual([]);
    expect(Array.from({ length: 30 }, () => note(true)).filter(Boolean)).toEqual([]);
    expect(Array.from({ length: 10 }, () => note()).filter(Boolean)).toEqual([30_000, 60_000]);
    now += 700_000;
    expect(Array.from({ length: 5 }, () => note()).filter(Boolean)).toEqual([30_000]);
    ledger.forget('/a');
    expect(ledger.of('/a')).toBeUndefined();
  });
});

describe('blame', () => {
  const sources = ['/plugins/dice', '/plugins/one.mjs', '/plugins/a b'];
  test.each([
    [
      'Error: x\n    at roll (file:///plugins/dice/deep/roll.mjs?generation=3:4:5)\n    at file:///srv/main.js:1:1',
      { source: '/plugins/dice', generation: 3 },
    ],
    [
      'Error: x\n    at node:internal/timers:1:2\n    at file:///plugins/one.mjs?generation=1:4:5',
      { source: '/plugins/one.mjs', generation: 1 },
    ],
    ['Error: x\n    at Object.<anonymous> (/plugins/dice/old.cjs:4:5)', { source: '/plugins/dice', generation: undefined }],
    ['Error: x\n    at async x (file:///plugins/a%20b/i.mjs?generation=2:4:5)', { source: '/plugins/a b', generation: 2 }],
    ['Error: x\n    at file:///plugins/dice-two/i.mjs?generation=2:4:5', undefined],
    ['Error: file:///plugins/dice/index.mjs', undefined],
    [undefined, undefined],
  ])('%#: a stack names the first plugin in it', (stack, culprit) => {
    expect(culpritIn(stack, sources)).toEqual(culprit);
  });

  test('the line is that of the plugin, also where it is not a frame', () => {
    expect(lineIn('Error: x\n    at file:///plugins/dice/deep/roll.mjs?generation=3:4:5', '/plugins/dice')).toBe('deep/roll.mjs:4');
    expect(lineIn('file:///plugins/one.mjs?generation=3:7\nlet let\n\nSyntaxError: x', '/plugins/one.mjs')).toBe('one.mjs:7');
    expect(lineIn('Error: x\n    at node:fs:4:5', '/plugins/dice')).toBeUndefined();
  });
});

describe('a stand-in', () => {
  class Secretive {
    #words = 'private';
    name = 'x';
    get loud() {
      return this.#words.toUpperCase();
    }
    speak() {
      return this.#words;
    }
    set words(next: string) {
      this.#words = next;
    }
  }

  test('is the original in every respect but for some members', () => {
    const original = new Secretive();
    const standIn = standInFor(original, { name: 'y', extra: 1 }) as Secretive & { extra: number };
    expect([standIn.name, standIn.loud, standIn.speak(), standIn.extra]).toEqual(['y', 'PRIVATE', 'private', 1]);
    standIn.words = 'changed';
    const { speak } = standIn;
    expect([original.speak(), standIn.speak === speak, 'speak' in standIn, 'none' in standIn]).toEqual(['changed', true, true, false]);
    expect({ ...standIn }).toEqual({ name: 'y', extra: 1 });
  });

  test('may differ from an original that is frozen', () => {
    const standIn = standInFor(Object.freeze({ name: 'x', execute: () => 'old' }), { execute: () => 'new' }) as { execute(): string };
    expect(standIn.execute()).toBe('new');
  });
});

test('P07: what is frozen cannot be changed by who is shown it, and a list of others can still grow', () => {
  class Kept {
    count = 0;
  }
  const [list, kept] = [[{ chunks: [{ text: 'a' }] }], new Kept()];
  const shown = frozen(list) as typeof list;
  expect(() => shown.push({ chunks: [] })).toThrow(TypeError);
  expect(() => (shown[0] as { chunks: unknown[] }).chunks.push(1)).toThrow(TypeError);
  list.push({ chunks: [] });
  (frozen([kept])[0] as Kept).count++;
  expect([shown.length, list.length, kept.count]).toEqual([1, 2, 1]);
});

test('P06: a logger cannot be flooded: 200 records a second, and how many were left out', () => {
  const inner = quietLogger();
  let [now, floods] = [0, 0];
  const logger = pacedLogger(
    inner,
    () => now,
    () => floods++,
  );
  for (let n = 0; n < 300; n++) logger.child({ a: 1 }).info(`record ${n}`);
  now = 1_000;
  logger.info('later');
  expect(inner.records).toHaveLength(202);
  expect(inner.records.slice(-2)).toEqual(['warn 100 further records of that second were left out', 'info later']);
  expect(floods).toBe(1);
});

test('P06: what a plugin leaves open is told by its kind', () => {
  const before = openServers(['TCPServerWrap', 'Timeout']);
  expect(leftOpen(before, openServers(['TCPServerWrap', 'TCPServerWrap', 'UDPWrap', 'Timeout', 'Timeout']))).toBe(
    '1 TCPServerWrap, 1 UDPWrap',
  );
  expect(leftOpen(before, openServers([]))).toBeUndefined();
});

describe('crashes', () => {
  const file = () => join(mkdtempSync(join(tmpdir(), 'dispatch-crash-')), 'deep/starts.json');

  test('three within a minute are too many; a proper end, or a minute, forgets them', () => {
    let now = 1_000_000;
    const crashes = new CrashCount(file(), () => now);
    expect(Array.from({ length: 4 }, () => crashes.started())).toEqual([false, false, false, true]);
    now += 61_000;
    expect(crashes.started()).toBe(false);
    crashes.ended();
    crashes.ended();
    expect(Array.from({ length: 3 }, () => crashes.started())).toEqual([false, false, false]);
  });

  test('half a file is none', () => {
    const path = file();
    const crashes = new CrashCount(path, () => 1);
    crashes.started();
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 5));
    expect(crashes.started()).toBe(false);
  });
});

describe('a contained tool', () => {
  const context = { signal: new AbortController().signal, output: () => undefined } as unknown as ToolContext;
  async function setUp(execute: Tool['execute'], name = 'dice') {
    const clock = testClock();
    const faults: unknown[] = [];
    const dice = definePlugin({ id: 'dice', provides: Tools, create: () => ({ name, description: 'x', input: {}, execute }) });
    const running = new Set<Promise<unknown>>();
    const contained = contain(dice, {
      clock,
      running,
      limits: { toolMs: 1_000, filterMs: 1_000 },
      report: (what, why, light) => faults.push([what, why, light]),
      begin: () => () => undefined,
    });
    return { clock, faults, running, tool: (await contained.build()) as Tool };
  }

  test('answers as it did, and nothing is noted', async () => {
    const { tool, faults, running } = await setUp(() => 'four');
    expect(await tool.execute({}, context)).toBe('four');
    await new Promise((resolve) => setImmediate(resolve));
    expect([faults, running.size]).toEqual([[], 0]);
  });

  test('that takes too long is told so by its signal', async () => {
    let heard: AbortSignal | undefined;
    const { tool, clock, faults } = await setUp((_, { signal }) => {
      heard = signal;
      return new Promise(() => undefined);
    });
    const answer = (tool.execute({}, context) as Promise<unknown>).catch((thrown: Error) => thrown.message);
    await clock.advance(1_000);
    expect(await answer).toBe('the tool "dice" of the plugin "dice" took longer than 1000 ms');
    expect(heard?.aborted).toBe(true);
    expect(faults).toEqual([['the tool "dice"', 'the tool "dice" of the plugin "dice" took longer than 1000 ms', false]]);
  });

  test('that says no is light, one that slips is heavy', async () => {
    for (const [thrown, light] of [
      [new Error('no'), true],
      [new TypeError('slip'), false],
      [new TypeError('fetch failed', { cause: new Error('no network') }), true],
      ['a text', false],
    ] as const) {
      const { tool, faults } = await setUp(() => Promise.reject(thrown));
      await expect(tool.execute({}, context)).rejects.toBe(thrown);
      expect(faults).toEqual([['the tool "dice"', expect.any(String), light]]);
    }
  });

  test('P02: without a name that a model can call it by is not started', async () => {
    await expect(setUp(() => 'x', 'no name')).rejects.toThrow('its tool has no "name" of up to 64 letters, digits, _ and -');
  });
});

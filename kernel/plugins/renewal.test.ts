import { describe, expect, test } from '@jest/globals';
import { Clock } from '../contracts/clock.js';
import { Logger } from '../contracts/logger.js';
import { quietLogger } from '../testing/quiet-logger.js';
import { testClock } from '../testing/test-clock.js';
import type { Candidate } from './candidate.js';
import { definePlugin } from './definition.js';
import { PluginHost } from './host.js';
import { service, slot } from './ids.js';

interface Store {
  read(): string;
}
interface Dish {
  name: string;
}
const Store = service<Store>('test.store');
const Far = service<Store>('test.far');
const Dishes = slot<Dish>('test.dish[]');

function setUp() {
  const [clock, logger] = [testClock(), quietLogger()];
  const notes: string[] = [];
  let idle = () => {};
  const host = new PluginHost({
    clock,
    logger,
    given: new Map<symbol, unknown>([
      [Clock, clock],
      [Logger, logger],
    ]),
    startLimitMs: 1_000,
    idle: (signal) =>
      new Promise((resolve) => {
        idle = resolve;
        signal.addEventListener('abort', () => resolve());
      }),
  });
  /** Writes down what becomes of it. */
  const dish = (id: string, name: string, more: { start?(): unknown; critical?: boolean; inject?: object } = {}) =>
    definePlugin({
      id,
      provides: Dishes,
      critical: more.critical,
      inject: (more.inject ?? {}) as Record<string, typeof Store>,
      create: () => ({
        name,
        start: async (signal) => {
          await more.start?.();
          notes.push(`start ${name}`);
          signal.addEventListener('abort', () => notes.push(`over ${name}`));
        },
        stop: () => void notes.push(`stop ${name}`),
      }),
    });
  const store = (words: string, id = 'store', also: object = {}) =>
    definePlugin({
      id,
      provides: Store,
      ...also,
      create: () => ({ read: () => words, stop: () => void notes.push(`stop store ${words}`) }),
    });
  const reader = (id: string, also: { critical?: boolean; provides?: (typeof Far)[] } = {}) =>
    definePlugin({
      id,
      critical: also.critical,
      provides: (also.provides ?? []) as [],
      inject: { store: Store },
      create: ({ store: its }) => ({
        read: () => its.read(),
        start: () => void notes.push(`start ${id} with ${its.read()}`),
        stop: () => void notes.push(`stop ${id} with ${its.read()}`),
      }),
    });
  const names = () => host.get(Dishes).map(({ name }) => name);
  const states = () => host.status().map(({ id, state, reason, generation }) => [id, state, reason ?? generation].filter(Boolean));
  return { host, clock, logger, notes, dish, store, reader, names, states, rest: () => idle() };
}
const at = (source: string, exported: unknown, dropped = true): Candidate => ({ source, dropped, load: async () => exported });
const turn = () => new Promise((resolve) => setImmediate(resolve));
const fails = (words: string) => () => {
  throw new Error(words);
};

describe('a newer generation', () => {
  test('takes the very place of the old one in every slot, and the old one is stopped once nothing can use it', async () => {
    const { host, notes, dish, names, states, rest } = setUp();
    await host.add([at('/a', dish('a', 'soup')), at('/b', dish('b', 'cake'))]);
    const dishes = host.get(Dishes);
    expect(await host.replace(at('/a', dish('a', 'stew')))).toBeUndefined();
    expect(names()).toEqual(['stew', 'cake']);
    expect(host.get(Dishes)).toBe(dishes);
    await turn();
    expect(notes).toEqual(['start soup', 'start cake', 'start stew']);
    rest();
    await turn();
    expect(notes.slice(3)).toEqual(['stop soup', 'over soup']);
    expect(states()).toEqual([
      ['a', 'active', 2],
      ['b', 'active'],
    ]);
  });

  test.each([
    ['cannot be imported', () => Promise.reject(new Error('no such file')), 'it could not be loaded: no such file'],
    ['is no plugin', async () => 7, 'it could not be loaded: /a has no plugin as its default export'],
    ['does not start', async () => [setUp().dish('a', 'stew', { start: fails('too hot') })], '"a" did not start: too hot'],
    [
      'lacks something',
      async () => definePlugin({ id: 'a', provides: Dishes, inject: { store: Store }, create: () => ({ name: 'stew' }) }),
      'plugin "a" needs test.store, which no plugin provides',
    ],
  ])('that %s leaves the old one in place', async (_, load, reason) => {
    const { host, names, states, dish, notes } = setUp();
    await host.add([at('/a', dish('a', 'soup'))]);
    expect(await host.replace({ source: '/a', dropped: true, load })).toContain(reason);
    expect([names(), states(), notes]).toEqual([['soup'], [['a', 'active']], ['start soup']]);
  });

  test('whose second plugin does not start takes its first one back', async () => {
    const { host, names, dish, notes } = setUp();
    await host.add([at('/a', [dish('a', 'soup'), dish('b', 'cake')])]);
    expect(await host.replace(at('/a', [dish('a', 'stew'), dish('b', 'tart', { start: fails('no') })]))).toBe('"b" did not start: no');
    expect(names()).toEqual(['soup', 'cake']);
    expect(notes.slice(2)).toEqual(['start stew', 'stop stew', 'over stew']);
  });

  test('may have other plugins than the old one', async () => {
    const { host, names, states, dish } = setUp();
    await host.add([at('/a', [dish('a', 'soup'), dish('b', 'cake')])]);
    expect(await host.replace(at('/a', [dish('b', 'tart'), dish('c', 'tea')]))).toBeUndefined();
    expect(names()).toEqual(['tart', 'tea']);
    expect(states()).toEqual([
      ['b', 'active', 2],
      ['c', 'active'],
    ]);
  });

  test('leaves alone what it has the same `build` of', async () => {
    const { host, notes, dish, states } = setUp();
    const [soup, cake] = [dish('a', 'soup'), dish('b', 'cake')];
    await host.add([at('/a', [soup, cake])]);
    expect(await host.replace(at('/a', [cake]))).toBeUndefined();
    expect(states()).toEqual([['b', 'active']]);
    expect(await host.replace(at('/a', [soup, cake]))).toBeUndefined();
    expect(notes).toEqual(['start soup', 'start cake', 'start soup']);
  });

  test('of a service starts anew whatever needs it, in order, and stops the old ones in reverse', async () => {
    const { host, notes, store, reader, dish, states, rest } = setUp();
    const far = definePlugin({
      id: 'far',
      provides: [],
      inject: { far: Far },
      create: ({ far: its }) => ({ start: () => void notes.push(`far ${its.read()}`) }),
    });
    await host.add([at('/s', store('one')), at('/r', reader('reader', { provides: [Far] })), at('/f', far), at('/d', dish('d', 'soup'))]);
    notes.length = 0;
    expect(await host.replace(at('/s', store('two')))).toBeUndefined();
    expect(notes).toEqual(['start reader with two', 'far two']);
    expect([host.get(Store).read(), host.get(Far).read()]).toEqual(['two', 'two']);
    rest();
    await turn();
    expect(notes.slice(2)).toEqual(['stop reader with one', 'stop store one']);
    expect(states()).toEqual([
      ['store', 'active', 2],
      ['reader', 'active', 2],
      ['far', 'active', 2],
      ['d', 'active'],
    ]);
  });

  test('of a service stays outside when something that needs it does not start with it', async () => {
    const { host, store, reader } = setUp();
    const picky = definePlugin({
      id: 'picky',
      provides: [],
      inject: { store: Store },
      create: ({ store: its }) => ({ start: () => (its.read() === 'two' ? fails('I want one')() : undefined) }),
    });
    await host.add([at('/s', store('one')), at('/r', reader('reader')), at('/p', picky)]);
    expect(await host.replace(at('/s', store('two')))).toBe('"picky" did not start: I want one');
    expect(host.get(Store).read()).toBe('one');
  });

  test('of what the server does not run without is refused', async () => {
    const { host, store, reader } = setUp();
    await host.add([at('/s', store('one')), at('/r', reader('reader', { critical: true }), false)]);
    const reason = '"reader" would have to stop for it, and the server does not run without that: restart the server';
    expect(await host.replace(at('/s', store('two')))).toBe(reason);
    expect(await host.remove('/s')).toBe(reason);
    expect(await host.replace(at('/r', reader('reader', { critical: true }), false))).toBe(reason);
    expect(host.get(Store).read()).toBe('one');
  });

  test('of what nobody knows yet is simply started', async () => {
    const { host, dish, states } = setUp();
    expect(await host.replace(at('/a', dish('a', 'soup')))).toBeUndefined();
    expect(states()).toEqual([['a', 'active']]);
  });
});

describe('what is removed', () => {
  test('leaves every slot at once, and is stopped later', async () => {
    const { host, names, notes, dish, states, rest } = setUp();
    await host.add([at('/a', dish('a', 'soup')), at('/b', dish('b', 'cake'))]);
    expect(await host.remove('/a')).toBeUndefined();
    expect([names(), states()]).toEqual([['cake'], [['b', 'active']]]);
    expect(notes).toEqual(['start soup', 'start cake']);
    rest();
    await turn();
    expect(notes.slice(2)).toEqual(['stop soup', 'over soup']);
  });

  test('takes along what needs it, which comes back with the service', async () => {
    const { host, store, reader, states } = setUp();
    await host.add([at('/s', store('one')), at('/r', reader('reader'))]);
    expect(await host.remove('/s')).toBeUndefined();
    expect(states()).toEqual([['reader', 'failed', expect.stringContaining('needs test.store, which no plugin provides')]]);
    expect(() => host.get(Store)).toThrow('no running plugin provides test.store');
    await host.add([at('/t', store('two', 'other'))]);
    expect(states()).toEqual([
      ['other', 'active'],
      ['reader', 'active'],
    ]);
  });

  test('makes way for another that wanted the same', async () => {
    const { host, store, reader, dish, notes } = setUp();
    await host.add([at('/s', store('one')), at('/r', reader('reader'))]);
    await host.add([at('/t', store('two', 'other')), at('/u', dish('store', 'soup'))]);
    await host.remove('/s');
    expect(host.get(Store).read()).toBe('two');
    expect(host.status().every(({ state }) => state === 'active')).toBe(true);
    expect(notes).toContain('start reader with two');
  });

  test('is forgotten also when it had failed', async () => {
    const { host, states } = setUp();
    await host.add([at('/bad', 7)]);
    expect(states()).toHaveLength(1);
    expect(await host.remove('/bad')).toBeUndefined();
    expect(states()).toEqual([]);
  });
});

test('what stands alone starts beside others: one that never starts holds up nobody', async () => {
  const { host, clock, dish, names, states } = setUp();
  const added = host.add([at('/never', dish('never', 'x', { start: () => new Promise(() => {}) })), at('/a', dish('a', 'soup'))]);
  await clock.advance(1);
  expect(names()).toEqual(['soup']);
  await clock.advance(1_000);
  await added;
  expect(states()[1]).toEqual(['never', 'failed', expect.stringContaining('took longer than 1000 ms')]);
});

test('stopping waits for no work in progress', async () => {
  const { host, notes, dish } = setUp();
  await host.add([at('/a', dish('a', 'soup'))]);
  await host.replace(at('/a', dish('a', 'stew')));
  await host.stop();
  expect(notes.filter((note) => note.startsWith('stop'))).toEqual(['stop soup', 'stop stew']);
});

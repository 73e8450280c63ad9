import { describe, expect, test } from '@jest/globals';
import { Clock } from '../contracts/clock.js';
import { PluginList } from '../contracts/host.js';
import { Logger } from '../contracts/logger.js';
import { quietLogger } from '../testing/quiet-logger.js';
import { testClock } from '../testing/test-clock.js';
import type { Candidate } from './candidate.js';
import { definePlugin, inject, plugin } from './definition.js';
import { PluginHost } from './host.js';
import { service, slot } from './ids.js';

interface Store {
  read(): string;
}
interface Dish {
  name: string;
}
const Store = service<Store>('test.store');
const Dishes = slot<Dish>('test.dish[]');

function setUp(prefer?: Record<string, string>) {
  const clock = testClock();
  const logger = quietLogger();
  const given = new Map<symbol, unknown>([
    [Clock, clock],
    [Logger, logger],
  ]);
  const host = new PluginHost({ clock, logger, given, prefer, startLimitMs: 1_000 });
  const states = () => host.status().map(({ id, state, reason }) => (reason === undefined ? [id, state] : [id, state, reason]));
  return { clock, logger, host, states };
}
const from = (...exported: unknown[]): Candidate[] => exported.map((each, i) => ({ source: `/plugins/${i}`, load: async () => each }));

/** A plugin that writes down when it starts and stops. */
const noted = (
  notes: string[],
  id: string,
  more: { provides?: symbol[]; inject?: Record<string, symbol>; start?(): unknown; stop?(): unknown } = {},
) => {
  const { provides = [], inject: needs = {}, start, stop } = more;
  return definePlugin({
    id,
    provides: provides as (typeof Dishes)[],
    inject: needs as Record<string, typeof Store>,
    create: () =>
      ({
        name: id,
        start: async () => {
          await start?.();
          notes.push(`start ${id}`);
        },
        stop: async () => {
          await stop?.();
          notes.push(`stop ${id}`);
        },
      }) as never,
  });
};
const never = () => new Promise<never>(() => undefined);
const fails = (words: string) => () => {
  throw new Error(words);
};

describe('starting and stopping', () => {
  test('runs in the order of needs, and in reverse', async () => {
    const { host, states } = setUp();
    const notes: string[] = [];
    const a = noted(notes, 'a', { inject: { b: Store } });
    const b = noted(notes, 'b', { provides: [Store] });
    await host.add(from(a, b));
    expect(states()).toEqual([
      ['b', 'active'],
      ['a', 'active'],
    ]);
    await host.stop();
    expect(notes).toEqual(['start b', 'start a', 'stop a', 'stop b']);
    expect(states()).toEqual([
      ['b', 'stopped'],
      ['a', 'stopped'],
    ]);
  });

  test('a plugin is built once, and both its own id and its services are the same object', async () => {
    const { host } = setUp();
    let built = 0;
    @plugin({ id: 'both', provides: [Store, Dishes] })
    class Both {
      readonly name = 'soup';
      constructor() {
        built++;
      }
      read() {
        return 'read';
      }
    }
    @plugin({ id: 'reader', provides: [] })
    class Reader {
      constructor(
        @inject(Store) readonly store: Store,
        @inject(Dishes) readonly dishes: readonly Dish[],
      ) {}
    }
    await host.add(from(Both, Reader));
    expect(built).toBe(1);
    expect(host.get(Dishes)).toEqual([host.get(Store)]);
  });

  test('a service made by an asynchronous create() is handed on, not its promise', async () => {
    const { host } = setUp();
    const handed: unknown[] = [];
    const slow = definePlugin({ id: 'slow', provides: Store, create: async () => ({ read: () => 'late' }) });
    const user = definePlugin({
      id: 'user',
      provides: [],
      inject: { store: Store },
      create: ({ store }) => {
        handed.push(store.read());
        return {};
      },
    });
    await host.add(from(user, slow));
    expect(handed).toEqual(['late']);
    expect(host.get(Store).read()).toBe('late');
  });

  test('status names what each provides, needs and where it came from', async () => {
    const { host } = setUp();
    await host.add(
      from(definePlugin({ id: 'x', version: '2.0.0', provides: Store, inject: { logger: Logger }, create: () => ({ read: () => '' }) })),
    );
    expect(host.status()).toEqual([
      { id: 'x', version: '2.0.0', state: 'active', provides: ['test.store'], needs: ['dispatch.logger'], source: '/plugins/0', loadMs: 0 },
    ]);
    expect(host.get(PluginList).status()).toEqual(host.status());
    (host.status()[0] as { state: string }).state = 'changed';
    expect(host.status()[0]?.state).toBe('active');
  });

  test('a time of load counts import, build and start', async () => {
    const { host, clock } = setUp();
    const slow = definePlugin({ id: 'slow', provides: [], create: () => ({ start: () => clock.sleep(30) }) });
    const added = host.add([{ source: '/slow', load: () => clock.sleep(20).then(() => slow) }]);
    await clock.advance(20);
    await clock.advance(30);
    await added;
    expect(host.status()[0]).toMatchObject({ state: 'active', loadMs: 50 });
  });

  test('a service that nobody provides is asked for in vain, with its id', () => {
    expect(() => setUp().host.get(Store)).toThrow('no running plugin provides test.store');
  });

  test('each plugin gets a logger that names it', async () => {
    const { host, logger } = setUp();
    const children: unknown[] = [];
    logger.child = (fields) => {
      children.push(fields);
      return logger;
    };
    const user = definePlugin({ id: 'user', provides: [], inject: { logger: Logger }, create: () => ({}) });
    await host.add(from(user));
    expect(children).toEqual([{ plugin: 'user' }]);
  });
});

describe('what is broken is listed, and the rest runs', () => {
  const fine = (notes: string[] = []) => noted(notes, 'fine');

  test.each([
    ['throwing', async () => fails('no such file')(), 'it could not be loaded: no such file'],
    ['throwing at once', fails('at once'), 'it could not be loaded: at once'],
    ['without a plugin', async () => 7, 'it could not be loaded: /plugins/bad has no plugin as its default export'],
  ])('an import %s', async (_, load, reason) => {
    const { host, states, logger } = setUp();
    await host.add([{ source: '/plugins/bad', load }, ...from(fine())]);
    expect(states()).toEqual([
      ['fine', 'active'],
      ['bad', 'failed', expect.stringContaining(reason)],
    ]);
    expect(logger.records).toEqual([expect.stringContaining('error plugin "bad" (/plugins/bad) is not running: it could not be loaded')]);
  });

  test('an import that never ends', async () => {
    const { host, states, clock } = setUp();
    const added = host.add([{ source: '/plugins/bad', load: never }, ...from(fine())]);
    await clock.advance(1_000);
    await added;
    expect(states()).toEqual([
      ['fine', 'active'],
      ['bad', 'failed', 'it could not be loaded: importing /plugins/bad took longer than 1000 ms'],
    ]);
  });

  test('a constructor that throws, and a start() that throws or rejects', async () => {
    const { host, states } = setUp();
    class Throws {
      static plugin = { id: 'throws', provides: [] };
      readonly name = 'throws';
      constructor() {
        throw new Error('in the constructor');
      }
    }
    const rejects = noted([], 'rejects', { start: async () => fails('in start')() });
    await host.add(from(Throws, rejects, fine()));
    expect(states()).toEqual([
      ['fine', 'active'],
      ['throws', 'failed', expect.stringContaining('in the constructor')],
      ['rejects', 'failed', 'it did not start: in start'],
    ]);
  });

  test('a create() that answers nothing', async () => {
    const { host, states } = setUp();
    await host.add(from({ id: 'empty', provides: [], needs: [], build: () => null }));
    expect(states()).toEqual([['empty', 'failed', 'it did not start: its create() answered no object']]);
  });

  test('a start() that never ends is told so by its signal and named', async () => {
    const { host, states, clock } = setUp();
    let heard: AbortSignal | undefined;
    const slow = definePlugin({
      id: 'slow',
      provides: [],
      create: () => ({
        start: (signal) => {
          heard = signal;
          return never();
        },
      }),
    });
    const added = host.add(from(slow, fine()));
    await clock.advance(999);
    expect(heard?.aborted).toBe(false);
    await clock.advance(1);
    await added;
    expect(heard?.aborted).toBe(true);
    expect(states()).toEqual([
      ['fine', 'active'],
      ['slow', 'failed', 'it did not start: start() of plugin "slow" took longer than 1000 ms'],
    ]);
  });

  test('what is built after its time is not started any more', async () => {
    const { host, clock } = setUp();
    const notes: string[] = [];
    const late = definePlugin({
      id: 'late',
      provides: [],
      create: async () => {
        await clock.sleep(1_500);
        return { start: () => void notes.push('started') };
      },
    });
    const added = host.add(from(late));
    await clock.advance(2_000);
    await added;
    expect(host.status()[0]?.state).toBe('failed');
    expect(notes).toEqual([]);
  });

  test('whoever needs what did not start is failed with the reason, down the line', async () => {
    const { host, states } = setUp();
    const Far = service<Store>('test.far');
    const broken = noted([], 'broken', { provides: [Store], start: fails('no') });
    const next = noted([], 'next', { provides: [Far], inject: { store: Store } });
    const last = noted([], 'last', { inject: { far: Far } });
    await host.add(from(last, next, broken, fine()));
    expect(states()).toEqual([
      ['fine', 'active'],
      ['broken', 'failed', 'it did not start: no'],
      ['next', 'failed', 'it did not start: it needs test.store, and "broken", which provides it, did not start'],
      ['last', 'failed', 'it did not start: it needs test.far, and "next", which provides it, did not start'],
    ]);
  });

  test('what the plan refuses is listed too', async () => {
    const { host, states } = setUp();
    await host.add(from(noted([], 'a', { inject: { store: Store } }), fine()));
    expect(states()).toEqual([
      ['fine', 'active'],
      ['a', 'failed', expect.stringContaining('plugin "a" needs test.store, which no plugin provides')],
    ]);
  });

  test('nothing of a plugin that failed can be had', async () => {
    const { host } = setUp();
    await host.add(from(noted([], 'broken', { provides: [Store, Dishes], start: fails('no') })));
    expect(host.get(Dishes)).toEqual([]);
    expect(() => host.get(Store)).toThrow('no running plugin provides test.store');
  });

  test('a stop() that throws or never ends holds up nobody', async () => {
    const { host, clock, logger, states } = setUp();
    const notes: string[] = [];
    await host.add(
      from(noted(notes, 'a'), noted(notes, 'b', { stop: fails('stuck') }), noted(notes, 'c', { stop: never }), noted(notes, 'd')),
    );
    const stopped = host.stop();
    await clock.advance(5_000);
    await stopped;
    expect(notes.slice(4)).toEqual(['stop d', 'stop a']);
    expect(logger.records).toEqual([
      'error plugin "c" did not stop cleanly: stop() of plugin "c" took longer than 5000 ms',
      'error plugin "b" did not stop cleanly: stuck',
    ]);
    expect(states().map(([, state]) => state)).toEqual(['stopped', 'stopped', 'stopped', 'stopped']);
  });

  test('stopping twice, and stopping nothing, is fine', async () => {
    const { host } = setUp();
    const notes: string[] = [];
    await host.add(from(noted(notes, 'a')));
    await Promise.all([host.stop(), host.stop()]);
    expect(notes).toEqual(['start a', 'stop a']);
  });
});

describe('slots', () => {
  test('are live: a list handed out grows and shrinks', async () => {
    const { host } = setUp();
    const dishes = host.get(Dishes);
    let own: readonly Dish[] = [];
    const reader = definePlugin({
      id: 'reader',
      provides: [],
      inject: { dishes: Dishes },
      create: (needs) => {
        own = needs.dishes;
        return {};
      },
    });
    await host.add(from(reader, noted([], 'soup', { provides: [Dishes] }), noted([], 'salad', { provides: [Dishes] })));
    expect(own).toBe(dishes);
    expect(dishes.map(({ name }) => name)).toEqual(['soup', 'salad']);
    await host.stop();
    expect(dishes).toEqual([]);
  });
});

describe('a second wave', () => {
  test('sees the services and the slots of the first, and fills its lists', async () => {
    const { host, states } = setUp();
    const store = definePlugin({ id: 'store', provides: Store, create: () => ({ read: () => 'first' }) });
    await host.add(from(store, noted([], 'soup', { provides: [Dishes] })));
    const dishes = host.get(Dishes);
    const seen: unknown[] = [];
    const user = definePlugin({
      id: 'user',
      provides: Dishes,
      inject: { store: Store, dishes: Dishes },
      create: (needs) => {
        seen.push(
          needs.store.read(),
          [...needs.dishes].map(({ name }) => name),
        );
        return { name: 'cake' };
      },
    });
    await host.add([{ source: '/later', load: async () => user }]);
    expect(seen).toEqual(['first', ['soup']]);
    expect(dishes.map(({ name }) => name)).toEqual(['soup', 'cake']);
    expect(states().every(([, state]) => state === 'active')).toBe(true);
  });

  test('cannot push out what runs, not even by preference or by an equal id', async () => {
    const { host, states } = setUp({ 'test.store': 'second' });
    const store = (id: string) => definePlugin({ id, provides: Store, create: () => ({ read: () => id }) });
    await host.add(from(store('first')));
    await host.add([
      { source: '/later', load: async () => store('second') },
      { source: '/same', load: async () => definePlugin({ id: 'First', provides: [], create: () => ({}) }) },
    ]);
    expect(host.get(Store).read()).toBe('first');
    expect(states()).toEqual([
      ['first', 'active'],
      ['same', 'failed', expect.stringContaining('"id" must be kebab-case')],
      ['second', 'failed', expect.stringContaining('"first" and "second" (/later) both provide test.store')],
    ]);
  });

  test('an equal id is refused with both sources', async () => {
    const { host, states } = setUp();
    await host.add(from(noted([], 'a')));
    await host.add([{ source: '/later', load: async () => noted([], 'a') }]);
    expect(states()[1]).toEqual([
      'a',
      'failed',
      'two plugins have the id "a": /plugins/0 and /later; the first one runs, give the other a new id',
    ]);
  });

  test('may try again what failed, and its old failure is forgotten', async () => {
    const { host, states } = setUp();
    const user = noted([], 'user', { inject: { store: Store } });
    await host.add([{ source: '/user', load: async () => user }]);
    await host.add([
      { source: '/user', load: async () => user },
      { source: '/store', load: async () => definePlugin({ id: 'store', provides: Store, create: () => ({ read: () => '' }) }) },
    ]);
    expect(states()).toEqual([
      ['store', 'active'],
      ['user', 'active'],
    ]);
  });

  test('waits for the one before it', async () => {
    const { host, clock, states } = setUp();
    const slow = definePlugin({ id: 'store', provides: Store, create: () => ({ read: () => '', start: () => clock.sleep(100) }) });
    const waves = [
      host.add(from(slow)),
      host.add([{ source: '/later', load: async () => noted([], 'user', { inject: { store: Store } }) }]),
    ];
    await clock.advance(100);
    await Promise.all(waves);
    expect(states()).toEqual([
      ['store', 'active'],
      ['user', 'active'],
    ]);
  });
});

describe('stopping while plugins start', () => {
  test('stops the one that is just starting, and starts no other', async () => {
    const { host, clock, states } = setUp();
    const notes: string[] = [];
    const slow = noted(notes, 'a', { provides: [Store], start: () => clock.sleep(100) });
    const added = host.add(from(slow, noted(notes, 'b', { inject: { store: Store } })));
    await clock.advance(50);
    const stopped = host.stop();
    await clock.advance(50);
    await Promise.all([added, stopped]);
    await host.add([{ source: '/later', load: async () => noted(notes, 'c') }]);
    expect(notes).toEqual(['start a', 'stop a']);
    expect(states()).toEqual([['a', 'stopped']]);
  });
});

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { quietLogger } from '../testing/quiet-logger.js';
import { testClock } from '../testing/test-clock.js';
import type { Candidate } from './candidate.js';
import { definePlugin } from './definition.js';
import { PluginHost } from './host.js';
import { type Slot, service, slot } from './ids.js';
import { planOf } from './plan.js';

/** What a plugin is to be like. It provides a service of its own; `needs` are places in the list of all. */
interface Kind {
  needs: number[];
  fills: number[];
  reads: number[];
  takesMs: number;
  breaks: boolean;
}
const slots = [0, 1, 2].map((n): Slot<{ id: string }> => slot(`test.list-${n}[]`));
const idOf = (n: number) => `p${n}`;
const serviceOf = (n: number) => service<object>(`test.service-${n}`);
const few = (max: number) => fc.uniqueArray(fc.nat({ max }), { maxLength: 3 });
const kinds = (count: number): fc.Arbitrary<Kind[]> =>
  fc.array(
    fc.record({ needs: few(count), fills: few(2), reads: few(2), takesMs: fc.nat({ max: 50 }), breaks: fc.nat(5).map((n) => n === 0) }),
    {
      minLength: 1,
      maxLength: count,
    },
  );

/** Adds all of them at once, and writes down when each began and ended to start, and stopped. */
async function run(all: Kind[]) {
  const clock = testClock();
  const host = new PluginHost({ clock, logger: quietLogger(), given: new Map() });
  const [began, ended, stopped] = [new Map<string, number>(), new Map<string, number>(), [] as string[]];
  let step = 0;
  const define = (kind: Kind, n: number) =>
    definePlugin({
      id: idOf(n),
      provides: [serviceOf(n), ...kind.fills.map((each) => slots[each] as Slot<{ id: string }>)],
      inject: Object.fromEntries([
        ...kind.needs.map((each) => [`s${each}`, serviceOf(each)] as const),
        ...kind.reads.map((each) => [`l${each}`, slots[each] as Slot<{ id: string }>] as const),
      ]),
      create: () =>
        ({
          id: idOf(n),
          start: async () => {
            began.set(idOf(n), step++);
            await clock.sleep(kind.takesMs);
            if (kind.breaks) throw new Error('it breaks');
            ended.set(idOf(n), step++);
          },
          stop: () => void stopped.push(idOf(n)),
        }) as never,
    });
  const plugins = all.map(define);
  const candidates = plugins.map((each, n): Candidate => ({ source: `/${n}`, load: async () => each }));
  const added = host.add(candidates);
  await clock.advance(10_000);
  await added;
  const status = host.status();
  const lists = slots.map((each) => host.get(each).map(({ id }) => id));
  await host.stop();
  const { order } = planOf(
    plugins.map((each, n) => ({ ...each, source: `/${n}` })),
    new Map(),
  );
  return { status, began, ended, stopped, lists, order };
}
const active = (status: Awaited<ReturnType<typeof run>>['status']) => status.filter(({ state }) => state === 'active').map(({ id }) => id);

test('each begins after what it needs, and what fills the lists that it reads, has ended to start', async () => {
  await fc.assert(
    fc.asyncProperty(kinds(8), async (all) => {
      const { began, ended, order } = await run(all);
      for (const [at, plugin] of order.entries()) {
        const start = began.get(plugin.id);
        if (start === undefined) continue;
        const awaited = order.slice(0, at).filter(({ provides }) => provides.some((id) => plugin.needs.includes(id)));
        for (const { id } of awaited) if (ended.has(id)) expect(ended.get(id)).toBeLessThan(start);
        for (const id of plugin.needs.filter((each) => !each.endsWith('[]')))
          expect(ended.has(order.find(({ provides }) => provides.includes(id))?.id as string)).toBe(true);
      }
    }),
  );
});

test('one that fails takes along those that need it, and nobody else', async () => {
  await fc.assert(
    fc.asyncProperty(kinds(8), async (all) => {
      const { status, order } = await run(all);
      const down = new Set<string>();
      for (const { id, needs } of order) {
        const lacks = needs.some((need) =>
          order.some((other) => down.has(other.id) && !need.endsWith('[]') && other.provides.includes(need)),
        );
        if (all[Number(id.slice(1))]?.breaks || lacks) down.add(id);
      }
      expect(active(status)).toEqual(order.map(({ id }) => id).filter((id) => !down.has(id)));
    }),
  );
});

test('however long each takes, they are shown and listed in the order of the plan, and stopped in reverse', async () => {
  await fc.assert(
    fc.asyncProperty(kinds(8), async (all) => {
      const { status, stopped, lists, order } = await run(all);
      const running = order.filter(({ id }) => active(status).includes(id));
      const ids = running.map(({ id }) => id);
      expect(active(status)).toEqual(ids);
      expect(lists).toEqual(slots.map((_, n) => ids.filter((id) => all[Number(id.slice(1))]?.fills.includes(n))));
      expect(stopped).toEqual(ids.toReversed());
    }),
  );
});

test('what does not need each other starts at the same time', async () => {
  const { began, ended } = await run([0, 1, 2].map(() => ({ needs: [], fills: [], reads: [], takesMs: 50, breaks: false })));
  expect(Math.max(...began.values())).toBeLessThan(Math.min(...ended.values()));
});

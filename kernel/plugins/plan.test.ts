import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Planned, planOf } from './plan.js';

const one = (id: string, provides: string[] = [], needs: string[] = [], source = `/plugins/${id}`): Planned => ({
  id,
  provides,
  needs,
  source,
});
const none = new Map<string, string>();
const plan = (input: Planned[], given = none, prefer: Record<string, string> = {}) => {
  const { order, refused } = planOf(input, given, prefer);
  return { order: order.map(({ id }) => id), refused: Object.fromEntries([...refused].map(([each, why]) => [input.indexOf(each), why])) };
};

describe('the order', () => {
  test('a plugin comes after what it needs, whatever the order given', () => {
    expect(plan([one('c', [], ['t.b']), one('b', ['t.b'], ['t.a']), one('a', ['t.a'])])).toEqual({ order: ['a', 'b', 'c'], refused: {} });
  });

  test('plugins that do not know each other keep the order given', () => {
    expect(plan([one('z'), one('a'), one('m')]).order).toEqual(['z', 'a', 'm']);
  });

  test('what fills a slot comes before what reads it', () => {
    expect(plan([one('reader', [], ['t.dish[]']), one('x', ['t.dish[]']), one('y', ['t.dish[]'])]).order).toEqual(['x', 'y', 'reader']);
  });

  test('an empty slot is no missing need', () => {
    expect(plan([one('reader', [], ['t.dish[]'])])).toEqual({ order: ['reader'], refused: {} });
  });

  test('a plugin may fill the slot it reads, and two may read what the other fills', () => {
    expect(plan([one('both', ['t.a[]'], ['t.a[]'])]).order).toEqual(['both']);
    expect(plan([one('a', ['t.a[]'], ['t.b[]']), one('b', ['t.b[]'], ['t.a[]'])]).order).toEqual(['b', 'a']);
  });

  test('a filler that itself needs the reader comes after it, the others still before', () => {
    const input = [one('reader', ['t.r'], ['t.dish[]']), one('late', ['t.dish[]'], ['t.r']), one('early', ['t.dish[]'])];
    expect(plan(input)).toEqual({ order: ['early', 'reader', 'late'], refused: {} });
  });

  test('what is given counts as there', () => {
    expect(plan([one('a', [], ['t.clock'])], new Map([['t.clock', 'dispatch']])).order).toEqual(['a']);
  });
});

describe('refusals', () => {
  test('a missing need names the plugin, the id and the nearest id there is', () => {
    expect(plan([one('a', [], ['t.loger']), one('b', ['t.store'])], new Map([['t.logger', 'dispatch']]))).toEqual({
      order: ['b'],
      refused: {
        0: { code: 'need-missing', reason: 'plugin "a" needs t.loger, which no plugin provides; the nearest id there is: t.logger' },
      },
    });
  });

  test('a slot spelt like a service is found as the likely slip', () => {
    expect(plan([one('a', [], ['t.dish']), one('b', ['t.dish[]'])]).refused[0]?.reason).toContain('the nearest id there is: t.dish[]');
  });

  test('with nothing provided at all there is no hint', () => {
    expect(plan([one('a', [], ['t.x'])]).refused[0]?.reason).toBe('plugin "a" needs t.x, which no plugin provides');
  });

  test('what needs a refused plugin is refused too, and names it', () => {
    const { order, refused } = plan([one('c', [], ['t.b']), one('b', ['t.b'], ['t.a']), one('d')]);
    expect(order).toEqual(['d']);
    expect(refused).toEqual({
      0: { code: 'need-failed', reason: 'plugin "c" needs t.b, and "b", which provides it, did not start' },
      1: { code: 'need-missing', reason: 'plugin "b" needs t.a, which no plugin provides; the nearest id there is: t.b' },
    });
  });

  test('two providers of a service: both are named, the first one runs', () => {
    expect(plan([one('a', ['t.x']), one('b', ['t.x']), one('c', [], ['t.x'])])).toEqual({
      order: ['a', 'c'],
      refused: {
        1: {
          code: 'provider-clash',
          reason:
            '"a" (/plugins/a) and "b" (/plugins/b) both provide t.x; the first one runs, name the one you want in the configuration: plugins.prefer { "t.x": "…" }',
        },
      },
    });
  });

  test('the configuration settles a clash', () => {
    const { order, refused } = plan([one('a', ['t.x']), one('b', ['t.x'])], none, { 't.x': 'b' });
    expect(order).toEqual(['b']);
    expect(refused[0]?.reason).toContain('"b" (/plugins/b) and "a" (/plugins/a) both provide t.x');
  });

  test('a preference for a plugin that is not there changes nothing', () => {
    expect(plan([one('a', ['t.x']), one('b', ['t.x'])], none, { 't.x': 'nobody' }).order).toEqual(['a']);
  });

  test('what is given cannot be taken over, not even by preference', () => {
    const { order, refused } = plan([one('a', ['t.clock'])], new Map([['t.clock', 'dispatch']]), { 't.clock': 'a' });
    expect(order).toEqual([]);
    expect(refused[0]).toMatchObject({ code: 'provider-clash', reason: expect.stringContaining('"dispatch" and "a"') });
  });

  test('a plugin that lost one service takes no other with it', () => {
    const input = [one('first', ['t.y']), one('loser', ['t.x', 't.y']), one('other', ['t.x']), one('user', [], ['t.x', 't.y'])];
    expect(plan(input).order).toEqual(['first', 'other', 'user']);
  });

  test('a cycle is named with its path, and who depends on it is refused too', () => {
    const input = [one('a', ['t.a'], ['t.b']), one('b', ['t.b'], ['t.c']), one('c', ['t.c'], ['t.a']), one('d', [], ['t.c']), one('e')];
    const { order, refused } = plan(input);
    const cycle = { code: 'cycle', reason: 'these plugins need each other: a -> b -> c -> a; one of them has to do without' };
    expect(order).toEqual(['e']);
    expect(refused).toEqual({ 0: cycle, 1: cycle, 2: cycle, 3: { code: 'need-failed', reason: expect.stringContaining('"d" needs t.c') } });
  });

  test('a plugin that needs what it provides is a cycle of one', () => {
    expect(plan([one('a', ['t.a'], ['t.a'])]).refused[0]?.reason).toContain('a -> a');
  });

  test('equal ids are refused with both sources, also when only the case differs', () => {
    const { order, refused } = plan([one('dice', ['t.a'], [], '/one'), one('Dice', ['t.b'], [], '/two')]);
    expect(order).toEqual(['dice']);
    expect(refused[1]).toEqual({
      code: 'plugin-duplicate',
      reason: 'two plugins have the id "Dice": /one and /two; the first one runs, give the other a new id',
    });
  });

  test('who needs what only a duplicate provides is told so', () => {
    expect(plan([one('a'), one('a', ['t.x']), one('b', [], ['t.x'])]).refused[2]).toMatchObject({ code: 'need-failed' });
  });
});

const id = fc.constantFrom('t.a', 't.b', 't.c', 't.d', 't.e', 't.s[]', 't.u[]');
const plugin = fc.record({
  id: fc.constantFrom(...'abcdefghijkl', 'A', 'B'),
  provides: fc.uniqueArray(id, { maxLength: 2 }),
  needs: fc.uniqueArray(id, { maxLength: 3 }),
  source: fc.constantFrom('/p/one', '/p/two'),
});
const plugins = fc.array(plugin, { maxLength: 14 });
const isService = (text: string) => !text.endsWith('[]');
const givenOne = new Map([['t.e', 'dispatch']]);

describe('for any plugins', () => {
  test('each is either in the order or refused, and none is both', () => {
    fc.assert(
      fc.property(plugins, (input) => {
        const { order, refused } = planOf(input, givenOne);
        expect([...order, ...refused.keys()].map((each) => input.indexOf(each)).sort((a, b) => a - b)).toEqual([...input.keys()]);
      }),
    );
  });

  test('the order respects every need, and each service has one provider', () => {
    fc.assert(
      fc.property(plugins, (input) => {
        const there = [...givenOne.keys()];
        for (const { needs, provides } of planOf(input, givenOne).order) {
          for (const need of needs.filter(isService)) expect(there).toContain(need);
          for (const provided of provides.filter(isService)) expect(there).not.toContain(provided);
          there.push(...provides);
        }
      }),
    );
  });

  test('every refusal names the plugin, and an id it is about', () => {
    fc.assert(
      fc.property(plugins, (input) => {
        for (const [each, { code, reason }] of planOf(input, givenOne).refused) {
          expect(reason).toContain(each.id);
          if (code === 'provider-clash') expect(each.provides.some((text) => reason.includes(text))).toBe(true);
          if (code === 'need-missing' || code === 'need-failed') expect(each.needs.some((text) => reason.includes(text))).toBe(true);
        }
      }),
    );
  });

  test('a broken plugin dropped in stops nobody else', () => {
    const broken = fc.oneof(
      plugin.map((each) => ({ ...each, id: 'new', needs: ['t.nowhere'] })),
      plugin.map((each) => ({ ...each, id: 'new', provides: ['t.new'], needs: ['t.new'] })),
      plugin.map((each) => ({ ...each, id: 'new', provides: ['t.e'] })),
    );
    fc.assert(
      fc.property(plugins, broken, (input, added) => {
        const running = (all: Planned[]) => new Set(planOf(all, givenOne).order);
        expect(running([...input, added])).toEqual(running(input));
      }),
    );
  });

  test('the same plugins give the same plan', () => {
    fc.assert(fc.property(plugins, (input) => expect(planOf(input, givenOne)).toEqual(planOf(structuredClone(input), givenOne))));
  });

  test('plugins without needs start in the order given', () => {
    fc.assert(
      fc.property(fc.array(plugin.map((each) => ({ ...each, needs: [] }))), (input) => {
        const { order } = planOf(input, none);
        expect(order).toEqual(input.filter((each) => order.includes(each)));
      }),
    );
  });
});

test('a thousand plugins in layers are planned without counting every path', () => {
  const input = Array.from({ length: 1_000 }, (_, i) => {
    const below = Math.floor(i / 10) * 10 - 10;
    return one(`p${i}`, [`t.p${i}`, 't.all[]'], below < 0 ? [] : [`t.p${below}`, `t.p${below + 1}`, `t.p${below + 2}`]);
  });
  expect(planOf(input.reverse(), none).order).toHaveLength(1_000);
});

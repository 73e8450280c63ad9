import { describe, expect, test } from '@jest/globals';
import type { Role } from 'dispatch/wire';
import fc from 'fast-check';
import { firstKept } from './first-kept.js';
import { isFull } from './is-full.js';

const roles = (text: string): Role[] => [...text].map((letter) => ({ u: 'user', a: 'assistant', t: 'tool', s: 'system' })[letter] as Role);

describe('what is kept of a history', () => {
  test.each([
    ['uaua', 2, 2],
    ['uauauauauaua', 10, 2],
    ['ua', 10, 0],
    ['uatatau', 2, 5],
    ['uatatau', 4, 3],
    ['uatttau', 3, 1],
    ['uasta', 2, 1],
    ['uasau', 3, 2],
    ['tta', 1, 2],
    ['ttta', 2, 0],
    ['ua', 0, 2],
    ['', 10, 0],
  ])('of %j with %i to keep begins at %i', (history, keep, first) => {
    expect(firstKept(roles(history), keep)).toBe(first);
  });

  const history = fc.array(fc.constantFrom<Role>('user', 'assistant', 'tool', 'system'), { maxLength: 60 });

  test('never begins with a tool’s answer, unless there is nothing before it', () => {
    fc.assert(
      fc.property(history, fc.nat(30), (all, keep) => {
        const first = firstKept(all, keep);
        expect(first === 0 || all[first] !== 'tool').toBe(true);
        const spoken = all.slice(first).find((role) => role !== 'system');
        expect(first === 0 || spoken !== 'tool').toBe(true);
      }),
    );
  });

  test('is at least as many as asked for, and moved back over nothing but answers, notes and the message they answer', () => {
    fc.assert(
      fc.property(history, fc.nat(30), (all, keep) => {
        const first = firstKept(all, keep);
        expect(all.length - first).toBeGreaterThanOrEqual(Math.min(keep, all.length));
        const back = all.slice(first, Math.max(first, all.length - keep));
        expect(back.slice(1).filter((role) => role !== 'tool' && role !== 'system')).toEqual([]);
      }),
    );
  });

  test('never parts a call from its answers', () => {
    const step = fc
      .tuple(fc.nat(4), fc.boolean())
      .map(([calls, noted]): Role[] => ['assistant', ...(noted ? (['system'] as const) : []), ...Array<Role>(calls).fill('tool')]);
    const turns = fc.array(fc.array(step, { maxLength: 4 }).map((steps): Role[] => ['user', ...steps.flat()]));
    fc.assert(
      fc.property(turns, fc.nat(20), (all, keep) => {
        const whole = all.flat();
        const first = firstKept(whole, keep);
        const next = whole.slice(first).indexOf('tool');
        if (next >= 0) expect(whole.slice(first, first + next)).toContain('assistant');
      }),
    );
  });
});

test.each([
  [85, 100, undefined, true],
  [84, 100, undefined, false],
  [50, 100, 50, true],
  [1_000, 100, 0, false],
  [1_000, undefined, 85, false],
  [0, 100, 0.5, false],
  [1, 100, 0.5, true],
  [100, 100, 100, true],
])('%i tokens of %s at %s percent: %s', (size, window, percent, full) => {
  expect(isFull(size, window, percent)).toBe(full);
});

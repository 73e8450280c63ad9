import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ProviderError } from '../contracts/provider.js';
import { nextTry, providerErrorOf, type Tried } from './retry.js';
import { defaultRetry } from './scripted-turn.fixture.js';

const broken = (retryable = true, retryAfterMs?: number) => new ProviderError('broken', { code: 'network', retryable, retryAfterMs });
const tried = (more: Partial<Tried> = {}): Tried => ({ failed: 1, restarted: 0, content: false, toolStarted: false, ...more });
const middle = 0.5;

describe('a step that failed', () => {
  test('waits 1 s, doubling to 60 s, seven times, and then no more', () => {
    const waits = Array.from({ length: 8 }, (_, i) => nextTry(defaultRetry, tried({ failed: i + 1 }), broken(), middle)?.delayMs);
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, undefined]);
  });

  test.each([
    ['before content', tried(), broken(), { delayMs: 1_000, discard: false }],
    ['that cannot succeed later', tried(), broken(false), undefined],
    ['after content', tried({ content: true, restarted: 1 }), broken(), { delayMs: 1_000, discard: true }],
    ['after content a second time', tried({ failed: 2, content: true, restarted: 2 }), broken(), { delayMs: 2_000, discard: true }],
    ['after content a third time', tried({ failed: 3, content: true, restarted: 3 }), broken(), undefined],
    ['before content, after two that had some', tried({ failed: 4, restarted: 3 }), broken(), { delayMs: 8_000, discard: false }],
    ['after a tool has started', tried({ content: true, restarted: 1, toolStarted: true }), broken(), undefined],
    ['told to wait', tried(), broken(true, 2_500), { delayMs: 2_500, discard: false }],
    ['told not to wait', tried({ failed: 5 }), broken(true, 0), { delayMs: 0, discard: false }],
    ['told to wait longer than our own longest', tried(), broken(true, 200_000), { delayMs: 200_000, discard: false }],
    ['told to wait for ever', tried(), broken(true, 86_400_000), { delayMs: 300_000, discard: false }],
    ['told to wait, but for nothing', tried({ failed: 8 }), broken(true, 1), undefined],
    ['told a time that has passed', tried(), broken(true, -5), { delayMs: 0, discard: false }],
  ])('V04: %s', (_, what, error, expected) => {
    expect(nextTry(defaultRetry, what, error, middle)).toEqual(expected);
  });

  test('spreads its waits by a quarter to either side, never beyond the longest', () => {
    const wait = (failed: number, random: number) => nextTry(defaultRetry, tried({ failed }), broken(), random)?.delayMs;
    expect([wait(1, 0), wait(1, 0.999), wait(7, 0.999)]).toEqual([750, 1_250, 60_000]);
  });
});

test('whatever happened, a wait is a whole number of milliseconds within its limits', () => {
  const what = fc.record({
    failed: fc.integer({ min: 1, max: 12 }),
    restarted: fc.nat(5),
    content: fc.boolean(),
    toolStarted: fc.boolean(),
  });
  const policy = fc.record({
    tries: fc.nat(20),
    baseMs: fc.nat(10_000),
    maxMs: fc.nat(100_000),
    restarts: fc.nat(3),
    afterMaxMs: fc.nat(500_000),
  });
  const error = fc
    .tuple(fc.boolean(), fc.option(fc.nat(1_000_000), { nil: undefined }))
    .map(([retryable, after]) => broken(retryable, after));
  fc.assert(
    fc.property(policy, what, error, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (p, t, e, random) => {
      const again = nextTry(p, t, e, random);
      if (!again) return;
      expect(e.retryable && t.failed < p.tries && !(t.content && t.toolStarted)).toBe(true);
      expect(Number.isInteger(again.delayMs) && again.delayMs >= 0).toBe(true);
      expect(again.delayMs).toBeLessThanOrEqual(e.retryAfterMs === undefined ? p.maxMs : Math.min(p.afterMaxMs, e.retryAfterMs));
      expect(again.discard).toBe(t.content);
    }),
  );
});

test('whatever a provider threw becomes a provider error that is not tried again', () => {
  const own = broken();
  expect(providerErrorOf(own)).toBe(own);
  const cause = new TypeError('x is not a function');
  expect(providerErrorOf(cause)).toMatchObject({ message: 'x is not a function', code: 'provider-failed', retryable: false, cause });
  expect(providerErrorOf('text').message).toBe('text');
});

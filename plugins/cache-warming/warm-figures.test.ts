import { describe, expect, test } from '@jest/globals';
import type { TurnMetrics } from 'dispatch/wire';
import fc from 'fast-check';
import { delayAfter } from './back-off.js';
import { warmFigures } from './warm-figures.js';

const lastTurn = (...inputs: number[]): TurnMetrics => ({
  turnId: 't',
  usage: { inputTokens: inputs.reduce((sum, each) => sum + each, 0), outputTokens: 0 },
  steps: inputs.map((inputTokens, i) => ({ stepId: `t#${i}`, usage: { inputTokens, outputTokens: 5 } })),
});

describe('the figures of a warm-up', () => {
  test('say how much came from the cache, and how much could have', () => {
    const usage = { inputTokens: 120, outputTokens: 1, cacheReadTokens: 80, cacheWriteTokens: 0 };
    expect(warmFigures(usage, lastTurn(50, 100))).toEqual({ ...usage, cachePct: 67, expectedCacheRate: 80 });
    expect(warmFigures({ ...usage, cacheWriteTokens: 20 }, lastTurn(50, 400))).toMatchObject({ expectedCacheRate: 80 });
  });

  test('say that a cache was kept or lost, whatever else the prompt holds', () => {
    const usage = { inputTokens: 1_000, outputTokens: 1 };
    expect(warmFigures({ ...usage, cacheReadTokens: 500 }, undefined).expectedCacheRate).toBe(100);
    expect(warmFigures({ ...usage, cacheReadTokens: 500 }, lastTurn(500)).expectedCacheRate).toBe(100);
    expect(warmFigures({ ...usage, cacheReadTokens: 0 }, lastTurn(990)).expectedCacheRate).toBe(0);
  });

  test('are nothing where nothing was counted or said before', () => {
    const figures = warmFigures({ inputTokens: 0, outputTokens: 0 }, undefined);
    expect(figures).toEqual({
      inputTokens: 0,
      outputTokens: 0,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      cachePct: 0,
      expectedCacheRate: 0,
    });
  });

  test('are whole percentages from 0 to 100, whatever a provider counts', () => {
    const count = fc.nat(1_000_000);
    fc.assert(
      fc.property(count, count, fc.array(count, { maxLength: 3 }), (inputTokens, cacheReadTokens, steps) => {
        const figures = warmFigures({ inputTokens, outputTokens: 1, cacheReadTokens }, lastTurn(...steps));
        for (const percent of [figures.cachePct, figures.expectedCacheRate])
          expect(Number.isInteger(percent) && percent >= 0 && percent <= 100).toBe(true);
      }),
    );
  });
});

test('each failure in a row doubles the wait, up to an hour, never below the interval', () => {
  expect([0, 1, 2, 3, 4, 99].map((failures) => delayAfter(240_000, failures))).toEqual([
    240_000, 480_000, 960_000, 1_920_000, 3_600_000, 3_600_000,
  ]);
  expect(delayAfter(7_200_000, 3)).toBe(7_200_000);
});

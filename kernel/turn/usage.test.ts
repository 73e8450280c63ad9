import { expect, test } from '@jest/globals';
import { addUsage } from './usage.js';

test('tokens add up, and cache fields appear when either has them', () => {
  expect(addUsage({ inputTokens: 1, outputTokens: 2 }, { inputTokens: 10, outputTokens: 20 })).toEqual({
    inputTokens: 11,
    outputTokens: 22,
  });
  expect(
    addUsage(
      { inputTokens: 1, outputTokens: 2, cacheReadTokens: 3 },
      { inputTokens: 10, outputTokens: 20, cacheReadTokens: 30, cacheWriteTokens: 0 },
    ),
  ).toEqual({ inputTokens: 11, outputTokens: 22, cacheReadTokens: 33, cacheWriteTokens: 0 });
});

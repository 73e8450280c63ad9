import type { TurnMetrics, Usage, WarmAnswer } from 'dispatch/wire';

/**
 * What a warm-up has shown. `cachePct`: the part of its prompt that came from the cache. `expectedCacheRate`: the part
 * that could have, as the last step of the last turn had already sent it. Both are 0 to 100.
 */
export function warmFigures(usage: Usage, last: TurnMetrics | undefined): WarmAnswer {
  const { inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0 } = usage;
  const sent = last?.steps.at(-1)?.usage.inputTokens ?? 0;
  return {
    ...{ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens },
    cachePct: percent(cacheReadTokens, inputTokens),
    expectedCacheRate: percent(sent, inputTokens),
  };
}

/** How much of what could have come from the cache did; undefined when nothing could. */
export function retention({ cachePct, expectedCacheRate }: WarmAnswer): number | undefined {
  return expectedCacheRate > 0 ? percent(cachePct, expectedCacheRate) : undefined;
}

const percent = (part: number, whole: number): number => (whole > 0 ? Math.min(100, Math.max(0, Math.round((100 * part) / whole))) : 0);

import type { TurnMetrics, Usage, WarmAnswer } from 'dispatch/wire';

/**
 * What a warm-up has shown. `cachePct`: the part of its prompt that came from the cache. `expectedCacheRate`: how well the
 * cache was kept, that is the part that came from it of what could have: of what was read and what had to be written
 * anew, or where the provider does not tell the latter, of what the last step of the last turn had sent. Both are 0 to 100.
 */
export function warmFigures(usage: Usage, last: TurnMetrics | undefined): WarmAnswer {
  const { inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0 } = usage;
  const sent = Math.max(last?.steps.at(-1)?.usage.inputTokens ?? 0, cacheReadTokens);
  const kept = cacheWriteTokens > 0 ? cacheReadTokens + cacheWriteTokens : sent;
  return {
    ...{ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens },
    cachePct: percent(cacheReadTokens, inputTokens),
    expectedCacheRate: percent(cacheReadTokens, kept),
  };
}

const percent = (part: number, whole: number): number => (whole > 0 ? Math.min(100, Math.max(0, Math.round((100 * part) / whole))) : 0);

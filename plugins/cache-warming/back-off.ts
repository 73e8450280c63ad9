const longestMs = 60 * 60 * 1000;

/** Milliseconds until the next warm-up: the interval, doubled by each failure in a row, an hour at most by that. */
export const delayAfter = (intervalMs: number, failures: number): number =>
  Math.max(intervalMs, Math.min(longestMs, intervalMs * 2 ** Math.min(failures, 32)));

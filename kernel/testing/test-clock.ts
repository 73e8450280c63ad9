import type { Clock } from '../contracts/clock.js';

/** A clock that stands still until it is told to move; sleepers wake in the order of their time. */
export function testClock(start = 1_760_000_000_000): Clock & { advance(ms: number): Promise<void>; sleeping(): number } {
  let now = start;
  /** What wakes each sleeper, and when. */
  const sleepers = new Map<() => void, number>();
  return {
    now: () => now,
    elapsed: () => now - start,
    sleep: (ms, signal) =>
      new Promise<void>((resolve) => {
        if (signal?.aborted) return resolve();
        const wake = () => {
          sleepers.delete(wake);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        sleepers.set(wake, now + ms);
        signal?.addEventListener('abort', wake);
      }),
    sleeping: () => sleepers.size,
    /** Moves time on, waking sleepers in turn and letting their work run in between. */
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        const [next] = [...sleepers].sort(([, a], [, b]) => a - b);
        if (!next || next[1] > end) break;
        now = next[1];
        next[0]();
      }
      now = end;
    },
  };
}

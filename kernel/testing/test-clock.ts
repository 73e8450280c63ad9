import type { Clock } from '../contracts/clock.js';

interface Sleeper {
  until: number;
  wake(): void;
}

/** A clock that stands still until it is told to move; sleepers wake in the order of their time. */
export function testClock(start = 1_760_000_000_000): Clock & { advance(ms: number): Promise<void>; sleeping(): number } {
  let now = start;
  const sleepers = new Set<Sleeper>();
  return {
    now: () => now,
    elapsed: () => now - start,
    sleep: (ms, signal) =>
      new Promise<void>((resolve) => {
        if (signal?.aborted) return resolve();
        const sleeper = {
          until: now + ms,
          wake: () => {
            sleepers.delete(sleeper);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', sleeper.wake, { once: true });
      }),
    sleeping: () => sleepers.size,
    /** Moves time on, waking sleepers in turn and letting their work run in between. */
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        const next = [...sleepers].sort((a, b) => a.until - b.until)[0];
        if (!next || next.until > end) break;
        now = next.until;
        next.wake();
      }
      now = end;
    },
  };
}

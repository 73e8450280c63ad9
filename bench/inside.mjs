// Loaded into the measured server (--import …/inside.mjs?to=FILE with --expose-gc): on SIGUSR2 it collects garbage and
// adds a line to FILE: memory that is really held, what is active, and how late the event loop was since the last time.
import { appendFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const to = new URL(import.meta.url).searchParams.get('to');
const resolution = 10;
const delay = monitorEventLoopDelay({ resolution });
delay.enable();
const MiB = 2 ** 20;
/** The histogram holds whole intervals of its timer. */
const late = (share) => Math.max(0, delay.percentile(share) / 1e6 - resolution);

process.on('SIGUSR2', () => {
  const [loopMedian, loop99, loopMost] = [late(50), late(99), late(100)];
  globalThis.gc();
  // A second time for what finalizers have let go.
  setImmediate(() => {
    globalThis.gc();
    const { heapUsed, external, rss } = process.memoryUsage();
    const active = {};
    for (const kind of process.getActiveResourcesInfo()) active[kind] = (active[kind] ?? 0) + 1;
    appendFileSync(
      to,
      `${JSON.stringify({ heap: heapUsed / MiB, external: external / MiB, rss: rss / MiB, loopMedian, loop99, loopMost, active })}\n`,
    );
    delay.reset();
  });
});

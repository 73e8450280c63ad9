import type { ChatEvent } from 'dispatch/wire';
import type { LineSink } from '../transport-http/contract.js';

/** Writes events that are all there already to an NDJSON answer, as fast as the client reads them. */
export function tellLines(events: readonly ChatEvent[], sink: LineSink): { drained(): void; stopped(): void } {
  let next = 0;
  const write = () => {
    while (next < events.length) if (!sink.write(`${JSON.stringify(events[next++])}\n`)) return;
    sink.end();
  };
  write();
  return {
    drained: write,
    stopped: () => {
      next = events.length;
    },
  };
}

import type { ServerResponse } from 'node:http';
import { safetyHeaders } from './answers.js';
import type { Lines } from './contract.js';

/** Sends an NDJSON answer: headers with the first lines, or by themselves at the end of the tick; each write as it comes. */
export function sendLines(response: ServerResponse, lines: Lines) {
  if (response.destroyed) return;
  response.writeHead(200, {
    'Content-Type': 'application/x-ndjson',
    'Cache-Control': 'no-cache, no-transform',
    'X-Accel-Buffering': 'no',
    ...safetyHeaders,
    ...lines.headers,
  });
  if (response.req.method === 'HEAD') return void response.end();
  // The lines of this tick go out after it: two ticks, and they share one packet with the headers.
  setImmediate(() => setImmediate(() => response.headersSent || response.flushHeaders()));
  response.socket?.setNoDelay(true);

  let open = true;
  const handlers = lines.start({
    write: (text) => {
      if (!open) return false;
      const more = response.write(text);
      // What is written leaves now, not when all that is to do in this tick is done.
      response.socket?.uncork();
      return more;
    },
    end: () => {
      if (!open) return;
      open = false;
      response.end();
    },
  });
  response.on('drain', () => open && handlers.drained());
  response.once('close', () => {
    if (!open) return;
    open = false;
    handlers.stopped();
  });
}

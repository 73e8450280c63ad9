import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { UpgradeRefusal } from './upgrade-check.js';

/** How long a client may take to read why it was refused. */
const patienceMs = 5_000;

function partsOf({ error, code, headers }: UpgradeRefusal) {
  const body = JSON.stringify({ error, code });
  return {
    body,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'Content-Length': String(Buffer.byteLength(body)),
      Connection: 'close',
      ...headers,
    },
  };
}

/** Answers an upgrade with a plain HTTP answer that says why there is no socket, and lets go of the connection. */
export function answerPlainly(wire: Duplex, refusal: UpgradeRefusal): void {
  const { body, headers } = partsOf(refusal);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const cut = setTimeout(() => wire.destroy(), patienceMs).unref();
  wire.once('close', () => clearTimeout(cut));
  wire.resume();
  wire.end(`HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}\r\n${lines.join('')}\r\n${body}`);
}

/** The same for a request that asked for no upgrade at all. */
export function sendRefusal(response: ServerResponse, refusal: UpgradeRefusal): void {
  const { body, headers } = partsOf(refusal);
  response.writeHead(refusal.status, headers).end(body);
}

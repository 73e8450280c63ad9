import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Content } from './contract.js';
import type { ErrorAnswer } from './error-answer.js';

/** On every answer, whatever it is. */
export const safetyHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

const jsonHeaders = {
  'Content-Type': 'application/json; charset=utf-8',
  'Cache-Control': 'no-store',
  ...safetyHeaders,
} as const;

/** Sends a JSON text. Does nothing when the client is gone. */
export function sendJson(response: ServerResponse, status: number, text: string, headers?: Readonly<Record<string, string>>): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.from(text);
  response.writeHead(status, { ...jsonHeaders, 'Content-Length': bytes.length, ...headers });
  response.end(bytes);
}

/** Sends what is not JSON. What may be kept gets an `ETag`, and 304 goes to who has it. Does nothing when the client is gone. */
export function sendContent(response: ServerResponse, { type, body, headers }: Content): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const sent: Record<string, string> = { 'Cache-Control': 'no-store', ...safetyHeaders, ...headers };
  if (sent['Cache-Control'] !== 'no-store') {
    sent.ETag = `"${createHash('sha256').update(bytes).digest('base64url')}"`;
    if (names(response.req.headers['if-none-match'], sent.ETag)) return void response.writeHead(304, sent).end();
  }
  response.writeHead(200, { ...sent, 'Content-Type': type, 'Content-Length': bytes.length });
  response.end(bytes);
}

const names = (given: string | undefined, tag: string): boolean =>
  given?.split(',').some((each) => ['*', tag].includes(each.trim().replace(/^W\//, ''))) ?? false;

/** Sends `{ error, code?, details? }`; once the headers are out the connection is cut instead. */
export function sendError(response: ServerResponse, { status, body, headers }: ErrorAnswer) {
  if (response.headersSent) return void response.destroy();
  sendJson(response, status, JSON.stringify(body), headers);
}

import type { ServerResponse } from 'node:http';
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

/** Sends `{ error, code?, details? }`; once the headers are out the connection is cut instead. */
export function sendError(response: ServerResponse, { status, body, headers }: ErrorAnswer) {
  if (response.headersSent) return void response.destroy();
  sendJson(response, status, JSON.stringify(body), headers);
}

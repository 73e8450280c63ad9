import { createHash } from 'node:crypto';
import { HttpError } from '../transport-http/contract.js';

/** A header that came twice is joined by a comma and a space, and so is refused as well. */
const visible = /^[\x21-\x7e]{1,255}$/;

/** The key, or 400. */
export function keyIn(header: string | readonly string[]): string {
  if (typeof header === 'string' && visible.test(header)) return header;
  throw new HttpError(400, 'the Idempotency-Key must be 1 to 255 visible ASCII characters, without spaces, and come once', {
    code: 'bad_idempotency_key',
  });
}

export const reused = (key: string): HttpError =>
  new HttpError(422, `the Idempotency-Key "${key}" belongs to another request: repeat that one unchanged, or send a new key`, {
    code: 'idempotency_key_reused',
  });

/** Equal for requests that ask for the same, whatever the order of their members. */
export const digestOf = (asks: unknown): string => createHash('sha256').update(JSON.stringify(asks, sorted)).digest('hex');

const sorted = (_: string, value: unknown): unknown =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

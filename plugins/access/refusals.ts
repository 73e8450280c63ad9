import type { Refusal } from '../transport-http/contract.js';

/** Nobody is told more, whatever they asked for, and whatever was wrong with what they showed. */
export const unauthorized: Refusal = {
  status: 401,
  error: 'this server does not know you: send its token as "Authorization: Bearer <token>"',
  code: 'unauthorized',
  headers: { 'WWW-Authenticate': 'Bearer' },
};

/** A page of ours sends the header; a form or a picture of somebody else's cannot. */
export const csrfMissing: Refusal = {
  status: 403,
  error: 'a request by cookie that changes something needs the header X-Dispatch-CSRF, with any value',
  code: 'csrf',
};

export const tooManyTries = (waitMs: number): Refusal => ({
  status: 429,
  error: 'too many wrong tokens or codes from your address: wait, then send the right one',
  code: 'too_many_tries',
  headers: { 'Retry-After': String(Math.ceil(waitMs / 1_000)) },
});

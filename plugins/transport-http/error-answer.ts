import type { ErrorBody } from 'dispatch/wire';
import { HttpError } from './contract.js';

export interface ErrorAnswer {
  status: number;
  body: ErrorBody;
  headers?: Readonly<Record<string, string>>;
  /** Nobody foresaw it: it belongs in the log, and its words are not for the client. */
  unexpected?: boolean;
}

/** What a client is told of whatever a handler threw: never a stack, and nothing of an error nobody foresaw. */
export function errorAnswer(thrown: unknown): ErrorAnswer {
  if (isHttpError(thrown)) {
    const { code, details, headers, body } = thrown.extra;
    return { status: thrown.status, body: { ...body, error: thrown.message, code, details }, headers };
  }
  if (thrown instanceof Error && thrown.name === 'StorageError') {
    const code = String((thrown as { code?: unknown }).code ?? 'failed');
    return { status: code === 'full' ? 507 : 503, body: { error: thrown.message, code } };
  }
  return {
    status: 500,
    body: { error: 'the server failed to answer this; its log says why', code: 'internal' },
    unexpected: true,
  };
}

/** By its shape: a plugin from elsewhere may bring its own copy of the class. */
const isHttpError = (thrown: unknown): thrown is HttpError =>
  thrown instanceof HttpError ||
  (thrown instanceof Error &&
    thrown.name === 'HttpError' &&
    Number.isInteger((thrown as HttpError).status) &&
    (thrown as HttpError).status >= 400 &&
    (thrown as HttpError).status <= 599 &&
    typeof (thrown as HttpError).extra === 'object');

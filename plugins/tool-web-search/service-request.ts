import { WebFailed } from './web-failed.js';

export interface ServiceRequest {
  /** What the service is called in messages. */
  service: string;
  url: URL;
  method?: 'GET' | 'POST' | 'DELETE';
  apiKey?: string;
  body?: unknown;
  signal: AbortSignal;
  timeoutMs: number;
  /** Larger answers are refused. */
  maxBytes: number;
}

export interface ServiceAnswer {
  status: number;
  /** The JSON it answered; undefined when it was none. */
  json: unknown;
  /** The beginning of an answer that was no JSON. */
  text: string;
}

/**
 * Asks a service that the operator has chosen. Follows no redirect, so that a key goes nowhere else; waits no longer and
 * reads no more than it is told. Answers whatever the status; throws a `WebFailed` when there is no whole answer.
 */
export async function askService({
  service,
  url,
  method = 'GET',
  apiKey,
  body,
  signal,
  timeoutMs,
  maxBytes,
}: ServiceRequest): Promise<ServiceAnswer> {
  const own = new AbortController();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    own.abort();
  }, timeoutMs);
  const stop = () => own.abort();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      signal: own.signal,
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (response.status >= 300 && response.status < 400)
      throw new WebFailed(`${service} at ${url.origin} answered with a redirect (${response.status}): set its address to where that leads`);
    const text = await bounded(service, response, maxBytes);
    return { status: response.status, ...parsed(text) };
  } catch (thrown) {
    if (thrown instanceof WebFailed) throw thrown;
    if (signal.aborted) throw new WebFailed('the request was stopped');
    if (late) throw new WebFailed(`${service} did not answer within ${timeoutMs / 1000} s`, true);
    throw new WebFailed(`${service} at ${url.origin} cannot be reached (${reasonOf(thrown)})`, true, { cause: thrown });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    own.abort();
  }
}

async function bounded(service: string, response: Response, maxBytes: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += piece.length;
    if (bytes > maxBytes) throw new WebFailed(`${service} answered more than ${Math.round(maxBytes / 1024 / 1024)} MiB: ask for less`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function parsed(text: string): Pick<ServiceAnswer, 'json' | 'text'> {
  try {
    return { json: JSON.parse(text), text: '' };
  } catch {
    return { json: undefined, text: text.slice(0, 500) };
  }
}

function reasonOf(thrown: unknown): string {
  const { cause, message } = thrown as Error & { cause?: NodeJS.ErrnoException };
  return cause?.code ?? cause?.message ?? message;
}

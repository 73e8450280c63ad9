import { types } from 'node:util';
import { type Credential, messageOf, ProviderError } from 'dispatch/kernel';
import { isOverflow } from './overflow.js';
import { providerWords } from './provider-words.js';
import { retryAfterMs } from './retry-after.js';

const { isNativeError } = types;

/** An answer that is no success, as far as it was read. */
export interface Refusal {
  status: number;
  headers: { get(name: string): string | null };
  /** The body: parsed where it was JSON, else text. */
  answer: unknown;
}

/** How messages name a provider: its credential and its host. */
export const nameOf = ({ name, baseURL }: Credential): string =>
  baseURL !== undefined && URL.canParse(baseURL) ? `${name} (${new URL(baseURL).host})` : name;

/** Whatever was thrown while a request was opened, as an error fit for the user. */
export function failureOf(who: string, thrown: unknown, now: number): ProviderError {
  if (thrown instanceof ProviderError) return thrown;
  const refusal = refusalIn(thrown);
  if (refusal) return refused(who, refusal, now);
  return wasAborted(thrown) ? aborted() : unreachable(who, 'could not be reached', thrown);
}

/** The answer behind an error of the openai package; undefined when there was none. */
export function refusalIn(thrown: unknown): Refusal | undefined {
  const { status, headers, answer } = (thrown ?? {}) as Partial<Refusal>;
  return typeof status === 'number' && headers !== undefined ? { status, headers, answer } : undefined;
}

const wasAborted = (thrown: unknown): boolean => isNativeError(thrown) && /^Request was aborted/.test(thrown.message);

const passing = (status: number): boolean => status === 408 || status === 409 || status === 429 || status >= 500;

/** Says what a provider refused, in its own words and with the likely remedy. */
export function refused(who: string, { status, headers, answer }: Refusal, now: number): ProviderError {
  if (status >= 300 && status < 400) return redirected(who, status, headers.get('location'));
  const words = providerWords(answer);
  const said = `${who} answered ${status}${words ? `: ${words}` : ''}`;
  if (isOverflow(status, allText(answer)))
    return new ProviderError(`${said} (the conversation is longer than the model's context)`, {
      code: 'overflow',
      retryable: false,
      status,
    });
  const remedy = remedies[status];
  return new ProviderError(remedy ? `${said} (${remedy})` : said, {
    code: 'http',
    retryable: passing(status),
    status,
    retryAfterMs: retryAfterMs(headers, now),
  });
}

const remedies: Record<number, string> = {
  401: 'check the API key',
  402: 'check the balance of the account',
  403: 'check what the API key may do',
  404: 'check the model name, and the base URL: it mostly ends in /v1',
};

function redirected(who: string, status: number, location: string | null): ProviderError {
  const target = location !== null && URL.canParse(location) ? new URL(location).host : (location ?? 'nowhere');
  return new ProviderError(
    `${who} answered ${status} and points to ${target}; redirects are not followed, so that the key stays with its host: set the base URL to where it should go`,
    { code: 'http', retryable: false, status },
  );
}

/** An error frame inside a stream that had begun well. */
export function brokenOff(who: string, frame: unknown): ProviderError {
  const { code, status: named, type } = (frame ?? {}) as { code?: unknown; status?: unknown; type?: unknown };
  const status = [code, named].map(Number).find((value) => Number.isInteger(value) && value >= 400 && value < 600);
  const said = `${who} broke off with an error: ${providerWords(frame) || 'no words were given'}`;
  if (isOverflow(status, allText(frame)))
    return new ProviderError(`${said} (the conversation is longer than the model's context)`, {
      code: 'overflow',
      retryable: false,
      status,
    });
  const final = status === undefined ? /invalid|authentication|permission|not_found/.test(String(type)) : !passing(status);
  return new ProviderError(said, { code: status === undefined ? 'stream' : 'http', retryable: !final, status });
}

/** The stream holds something that is no JSON. */
export const unreadable = (who: string, cause: unknown): ProviderError =>
  new ProviderError(`${who} sent an event that is no JSON (${messageOf(cause)})`, { code: 'stream', retryable: true });

/** A page for people where the API should be. */
export const webPage = (who: string, status: number): ProviderError =>
  new ProviderError(`${who} answered with a web page instead of the API: check the base URL (it mostly ends in /v1)`, {
    code: 'http',
    retryable: false,
    status,
  });

/** An answer to `GET /models` that is no list of models. */
export const notTheApi = (who: string): ProviderError =>
  new ProviderError(`${who} answered /models with something that is no list of models: check the base URL`, {
    code: 'http',
    retryable: false,
  });

export const aborted = (): ProviderError => new ProviderError('the request was aborted', { code: 'aborted', retryable: false });

/** What went wrong between here and the provider. `state` says how far it had come. */
export function unreachable(who: string, state: string, cause: unknown): ProviderError {
  const { code, words } = rootOf(cause);
  const trust = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ERR_TLS|ERR_SSL|EPROTO/.test(code) || /certificate/i.test(words);
  const slow = code === 'ENOCONNECT' || /timed? ?out/i.test(words);
  return new ProviderError(`${who} ${state}: ${words}${code && !words.includes(code) ? ` (${code})` : ''}`, {
    code: slow ? 'timeout' : 'network',
    retryable: !trust,
    cause,
  });
}

/** The innermost error that names a code: wrappers say only «connection error». */
function rootOf(thrown: unknown): { code: string; words: string } {
  let error = thrown;
  for (let depth = 0; depth < 5 && isNativeError(error); depth++) {
    const { code, cause, errors, message } = error as Error & { code?: unknown; errors?: unknown };
    if (Array.isArray(errors) && errors.length > 0) error = errors[0];
    else if (typeof code === 'string') return { code, words: message || code };
    else if (isNativeError(cause)) error = cause;
    else return { code: '', words: message };
  }
  return { code: '', words: messageOf(error) };
}

/** Codes and types count too when looking for a meaning. */
const allText = (answer: unknown): string => (typeof answer === 'string' ? answer : (JSON.stringify(answer) ?? '')).slice(0, 20_000);

import { ProviderError } from '../contracts/provider.js';
import { messageOf } from '../errors.js';

export interface RetryPolicy {
  /** How often a step is asked for at most. */
  tries: number;
  /** First wait in milliseconds; it doubles from there. */
  baseMs: number;
  /** Longest wait of our own choosing, in milliseconds. */
  maxMs: number;
  /** How often a step that already had content starts again. */
  restarts: number;
  /** Longest wait a provider may ask for, in milliseconds. */
  afterMaxMs: number;
}

/** What has happened to a step so far. */
export interface Tried {
  /** Attempts that failed, the last one included. */
  failed: number;
  /** How many of them had shown content. */
  restarted: number;
  /** Whether the last one had shown content. */
  content: boolean;
  /** Whether one of its tools has started: then it cannot be taken back. */
  toolStarted: boolean;
}

/** When to try again, and whether what the last attempt showed is to be forgotten. */
export interface Again {
  delayMs: number;
  discard: boolean;
}

/** Decides whether a failed step is tried again, and after how long. Pure; `random` is in [0, 1). */
export function nextTry(policy: RetryPolicy, tried: Tried, error: ProviderError, random: number): Again | undefined {
  if (!error.retryable || tried.failed >= policy.tries) return undefined;
  if (tried.content && (tried.toolStarted || tried.restarted > policy.restarts)) return undefined;
  const own = policy.baseMs * 2 ** (tried.failed - 1) * (0.75 + random / 2);
  const [wanted, longest] = error.retryAfterMs === undefined ? [own, policy.maxMs] : [error.retryAfterMs, policy.afterMaxMs];
  return { delayMs: Math.round(Math.min(Math.max(wanted, 0), longest)), discard: tried.content };
}

/** Whatever a provider threw, as a `ProviderError`. */
export function providerErrorOf(thrown: unknown): ProviderError {
  if (thrown instanceof ProviderError) return thrown;
  return new ProviderError(messageOf(thrown), { code: 'provider-failed', retryable: false, cause: thrown });
}

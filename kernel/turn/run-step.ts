import type { Clock } from '../contracts/clock.js';
import { ProviderError, type StepPart } from '../contracts/provider.js';
import type { Usage } from '../wire/index.js';
import { type Call, CallPieces } from './call-pieces.js';
import { providerErrorOf } from './retry.js';
import { StepChunks } from './step-chunks.js';

export interface Watchdog {
  /** Milliseconds until the first part of an answer. */
  firstByteMs: number;
  /** Milliseconds between two parts. */
  silenceMs: number;
}

export const defaultWatchdog: Watchdog = { firstByteMs: 300_000, silenceMs: 120_000 };

/** What one attempt at a step brought. */
export interface Attempt {
  chunks: StepChunks;
  calls: Call[];
  usage?: Usage;
  /** The provider's word for why it ended. */
  finish?: string;
  ttftMs?: number;
  decodeMs?: number;
  /** Why the attempt failed; everything before it is what there is. */
  error?: ProviderError;
}

export interface StepWatch {
  clock: Clock;
  watchdog: Watchdog;
  /** The turn's own signal. */
  signal: AbortSignal;
  freshId(asked: string | undefined): string;
  onText(delta: string): void;
  onThinking(delta: string): void;
  /** A call is complete. */
  onCall(call: Call): void;
}

/** Streams the model once. Never throws; stops as soon as the signal aborts, whether the provider listens or not. */
export async function runStep(stream: (signal: AbortSignal) => AsyncIterable<StepPart>, watch: StepWatch): Promise<Attempt> {
  const { clock, signal } = watch;
  const request = new AbortController();
  const forward = () => request.abort(signal.reason);
  if (signal.aborted) forward();
  signal.addEventListener('abort', forward, { once: true });
  const attempt: Attempt = { chunks: new StepChunks(), calls: [] };
  const times = { began: clock.elapsed(), seen: false, last: clock.elapsed() };
  const stopped = new Promise<never>((_, reject) => {
    request.signal.addEventListener('abort', () => reject(request.signal.reason), { once: true });
  });
  stopped.catch(() => undefined);
  const over = new AbortController();
  const guard = watchSilence(watch, times, request, over.signal);
  try {
    if (!signal.aborted) await Promise.race([consume(stream(request.signal), attempt, times, watch, request.signal), stopped]);
  } catch (thrown) {
    if (!signal.aborted) attempt.error = providerErrorOf(request.signal.aborted ? request.signal.reason : thrown);
    request.abort();
  } finally {
    signal.removeEventListener('abort', forward);
    over.abort();
    await guard;
  }
  return attempt;
}

interface Times {
  began: number;
  /** Whether any part came. */
  seen: boolean;
  last: number;
}

async function consume(
  parts: AsyncIterable<StepPart>,
  attempt: Attempt,
  times: Times,
  watch: StepWatch,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = watch;
  const pieces = new CallPieces(watch.freshId);
  const complete = (calls: Call[]) => {
    for (const call of calls) {
      attempt.calls.push(call);
      watch.onCall(call);
    }
  };
  let first: number | undefined;
  for await (const part of parts) {
    if (signal.aborted) return;
    const now = clock.elapsed();
    times.seen = true;
    times.last = now;
    if (part.type === 'text' || part.type === 'thinking' || part.type === 'call') {
      first ??= now;
      attempt.ttftMs ??= first - times.began;
      attempt.decodeMs = now - first;
    }
    if (part.type === 'text') {
      attempt.chunks.text(part.text);
      watch.onText(part.text);
    } else if (part.type === 'thinking') {
      attempt.chunks.thinking(part.text);
      watch.onThinking(part.text);
    } else if (part.type === 'call') complete(pieces.take(part));
    else if (part.type === 'usage') attempt.usage = part.usage;
    else if (part.type === 'finish') attempt.finish = part.reason;
  }
  if (signal.aborted) return;
  const believable = attempt.finish !== undefined || (pieces.whole && attempt.calls.length + pieces.size > 0);
  if (!believable) {
    throw new ProviderError('the stream ended before the answer was complete', { code: 'stream', retryable: true });
  }
  complete(pieces.rest());
}

/** Ends the request when nothing comes for too long. One sleeping loop, nothing per part. */
async function watchSilence(watch: StepWatch, times: Times, request: AbortController, over: AbortSignal): Promise<void> {
  const { clock, watchdog } = watch;
  while (!over.aborted && !request.signal.aborted) {
    const limit = times.seen ? watchdog.silenceMs : watchdog.firstByteMs;
    const quiet = clock.elapsed() - times.last;
    if (quiet >= limit) {
      const what = times.seen ? `sent nothing for ${limit} ms` : `did not answer within ${limit} ms`;
      request.abort(new ProviderError(`the provider ${what}`, { code: 'timeout', retryable: true }));
      return;
    }
    await clock.sleep(Math.min(limit - quiet, watchdog.silenceMs), over);
  }
}

import type { Told } from '../bus/events.js';
import type { Clock } from '../contracts/clock.js';
import { ProviderError, type StepPart, type StepStream } from '../contracts/provider.js';
import type { Usage } from '../wire/index.js';
import { type Call, CallPieces } from './call-pieces.js';
import { follow } from './follow.js';
import { providerErrorOf } from './retry.js';
import { StepChunks } from './step-chunks.js';

export interface Watchdog {
  /** Milliseconds until the first part of an answer; that the connection opened is not yet one. */
  firstByteMs: number;
  /** Milliseconds between two parts. */
  silenceMs: number;
}

/** What one attempt at a step brought. */
export interface Attempt {
  chunks: StepChunks;
  calls: Call[];
  usage?: Usage;
  /** The provider's word for why it ended. */
  finish?: string;
  /** Whole milliseconds to the first token, and from there to the last. */
  ttftMs?: number;
  decodeMs?: number;
  /** Why the attempt failed; everything before it is what there is. */
  error?: ProviderError;
}

/** What the steps of a turn work with. */
export interface StepKit {
  clock: Clock;
  watchdog: Watchdog;
  /** Aborting it stops the turn; what there is stays. */
  signal: AbortSignal;
}

/** One step, as its reader sees it. */
export interface ReadStep {
  stepId: string;
  stream(signal: AbortSignal): StepStream;
  freshId(asked: string | undefined): string;
  tell(event: Told): void;
  /** A call is complete, and was told. */
  onCall(call: Call): void;
}

/** Streams the model once. Never throws; stops as soon as the signal aborts, whether the provider listens or not. */
export const runStep = (kit: StepKit, step: ReadStep): Promise<Attempt> => new StepReader(kit, step).run();

class StepReader {
  private readonly attempt: Attempt = { chunks: new StepChunks(), calls: [] };
  private readonly pieces: CallPieces;
  private readonly request: ReturnType<typeof follow>;
  private readonly signal: AbortSignal;
  private readonly began: number;
  /** When the last part came, and whether it was more than the opening. */
  private last: number;
  private seen = false;

  constructor(
    private readonly kit: StepKit,
    private readonly step: ReadStep,
  ) {
    this.request = follow(kit.signal);
    this.signal = this.request.controller.signal;
    this.pieces = new CallPieces(step.freshId);
    this.began = this.last = kit.clock.elapsed();
  }

  async run(): Promise<Attempt> {
    const { signal, attempt } = this;
    const over = new AbortController();
    const stopped = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    try {
      if (!signal.aborted) await Promise.race([stopped, this.watchSilence(over.signal), this.read()]);
    } catch (thrown) {
      if (!this.kit.signal.aborted) attempt.error = providerErrorOf(thrown);
      this.request.controller.abort();
    } finally {
      this.request.release();
      over.abort(null); // a reason of its own spares the making of an error
    }
    return attempt;
  }

  private async read(): Promise<void> {
    const stream = this.step.stream(this.signal);
    if (stream.each) await stream.each((part) => this.take(part));
    else
      for await (const part of stream) {
        if (this.signal.aborted) return;
        this.take(part);
      }
    if (this.signal.aborted) return;
    if (this.attempt.finish === undefined && !this.pieces.whole)
      throw new ProviderError('the stream ended before the answer was complete', { code: 'stream', retryable: true });
    this.complete(this.pieces.rest());
  }

  private take(part: StepPart): void {
    const { attempt, kit, step } = this;
    this.last = kit.clock.elapsed();
    if (part.type === 'open' || this.signal.aborted) return;
    this.seen = true;
    if (part.type === 'usage') attempt.usage = part.usage;
    else if (part.type === 'finish') attempt.finish = part.reason;
    else if (part.type === 'call' || part.text !== '') {
      const ms = Math.round(this.last - this.began);
      attempt.ttftMs ??= ms;
      attempt.decodeMs = ms - attempt.ttftMs;
      if (part.type === 'call') return this.complete(this.pieces.take(part));
      attempt.chunks[part.type](part.text);
      step.tell({ type: part.type === 'text' ? 'text-delta' : 'reasoning-delta', delta: part.text });
    }
  }

  private complete(calls: readonly Call[]): void {
    const { stepId, tell, onCall } = this.step;
    for (const call of calls) {
      const chunk = { type: 'tool-call', stepId, toolCallId: call.id, toolName: call.name, input: call.input } as const;
      this.attempt.calls.push(call);
      this.attempt.chunks.add(chunk);
      tell(chunk);
      onCall(call);
    }
  }

  /** Rejects when nothing comes for too long. One sleeping loop, nothing per part. */
  private async watchSilence(over: AbortSignal): Promise<never> {
    const { clock, watchdog } = this.kit;
    for (;;) {
      const limit = this.seen ? watchdog.silenceMs : watchdog.firstByteMs;
      const quiet = clock.elapsed() - this.last;
      if (quiet >= limit || over.aborted) {
        const what = this.seen ? `sent nothing for ${limit} ms` : `did not answer within ${limit} ms`;
        throw new ProviderError(`the provider ${what}`, { code: 'timeout', retryable: true });
      }
      await clock.sleep(Math.min(limit - quiet, watchdog.silenceMs), over);
    }
  }
}

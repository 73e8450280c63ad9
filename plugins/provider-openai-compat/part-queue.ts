import type { StepPart, StepStream } from 'dispatch/kernel';

/** What fills a queue. It starts when the first part is asked for. */
export interface PartSource {
  start(queue: PartQueue): void;
  /** The queue is long enough; more may wait. */
  pause(): void;
  /** The queue is empty again. */
  resume(): void;
  /** Nobody wants any more. */
  cancel(): void;
}

interface Waiter {
  resolve(result: IteratorResult<StepPart>): void;
  reject(error: unknown): void;
}

interface Taker {
  take(part: StepPart): void;
  resolve(): void;
  reject(error: unknown): void;
}

const over = { done: true, value: undefined } as const;
const longEnough = 512;

/**
 * Parts pushed from one side and iterated on the other. A generator would cost three turns of the microtask queue a
 * part; this costs one, and holds its source back when the reader is slow.
 */
export class PartQueue implements AsyncIterableIterator<StepPart>, StepStream {
  private parts: StepPart[] = [];
  private head = 0;
  private state: 'new' | 'running' | 'ended' | 'failed' = 'new';
  private error: unknown;
  private waiters: Waiter[] = [];
  private paused = false;
  private taker: Taker | undefined;

  constructor(private readonly source: PartSource) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<StepPart>> {
    if (this.head < this.parts.length) return Promise.resolve({ done: false, value: this.shift() });
    if (this.state === 'ended') return Promise.resolve(over);
    if (this.state === 'failed') {
      this.state = 'ended';
      return Promise.reject(this.error);
    }
    return new Promise((resolve, reject) => {
      this.waiters.push({ resolve, reject });
      if (this.state !== 'new') return;
      this.state = 'running';
      this.source.start(this);
    });
  }

  /** Hands each part over in the moment it is pushed. */
  each(take: (part: StepPart) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.taker = { take, resolve, reject };
      this.state = 'running';
      this.source.start(this);
    });
  }

  /** The reader has had enough: what is left is dropped and the source is cancelled. */
  return(): Promise<IteratorResult<StepPart>> {
    const running = this.state === 'running';
    this.parts = [];
    this.head = 0;
    this.state = 'ended';
    if (running) this.source.cancel();
    this.answerRest();
    return Promise.resolve(over);
  }

  /** Takes parts in order; none is taken after the end. */
  push(parts: readonly StepPart[]): void {
    if (this.state !== 'running') return;
    if (this.taker) return this.handOver(parts, this.taker);
    for (const part of parts) {
      const waiter = this.waiters.shift();
      if (waiter) waiter.resolve({ done: false, value: part });
      else this.parts.push(part);
    }
    if (!this.paused && this.parts.length - this.head > longEnough) {
      this.paused = true;
      this.source.pause();
    }
  }

  /** No more parts; those waiting are still handed out. */
  end(): void {
    if (this.state !== 'running') return;
    this.state = 'ended';
    this.taker?.resolve();
    this.answerRest();
  }

  /** No more parts because of an error, which is thrown after those waiting are handed out. */
  fail(error: unknown): void {
    if (this.state !== 'running') return;
    this.error = error;
    this.state = 'failed';
    this.taker?.reject(error);
    this.answerRest();
  }

  private handOver(parts: readonly StepPart[], { take }: Taker): void {
    try {
      for (const part of parts) take(part);
    } catch (error) {
      this.fail(error);
      this.source.cancel();
    }
  }

  private shift(): StepPart {
    const part = this.parts[this.head++] as StepPart;
    if (this.head === this.parts.length) {
      this.parts = [];
      this.head = 0;
      if (this.paused) {
        this.paused = false;
        this.source.resume();
      }
    }
    return part;
  }

  private answerRest(): void {
    for (const waiter of this.waiters.splice(0)) {
      if (this.state === 'failed') {
        this.state = 'ended';
        waiter.reject(this.error);
      } else waiter.resolve(over);
    }
  }
}

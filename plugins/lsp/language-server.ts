import { type Clock, type Logger, messageOf } from 'dispatch/kernel';
import type { LspServerStatus } from 'dispatch/wire';
import { BackOff } from '../child-processes/contract.js';
import type { Session } from './session.js';

export interface ServerParts {
  id: string;
  name: string;
  /** Absolute path of the project it looks at. */
  root: string;
  extensions: readonly string[];
  /** Where it is configured; absent for a built-in one. */
  source?: string;
  open(signal: AbortSignal): Promise<Session>;
  /** Takes out what nobody may be shown. */
  mask(text: string): string;
  clock: Clock;
  logger: Logger;
}

/** The server cannot be spoken to just now; the message says why. */
export class NotRunning extends Error {}

/** Milliseconds after which a start takes long. */
const slowMs = 5_000;

/** A server for one project: started when it is first used, again after a crash, later each time. */
export class LanguageServer {
  /** Clock milliseconds of the last use. */
  usedAt: number;
  private session: Session | undefined;
  private opening: { began: number; done: Promise<void>; stop(): void } | undefined;
  private state: LspServerStatus['state'] = 'not-started';
  private error: string | undefined;
  private readonly backOff = new BackOff();
  private uses = 0;
  /** Sessions whose last processes are being ended. */
  private readonly ending = new Set<Promise<void>>();
  private closed = false;

  constructor(private readonly parts: ServerParts) {
    this.usedAt = parts.clock.elapsed();
  }

  get id(): string {
    return this.parts.id;
  }

  get busy(): boolean {
    return this.uses > 0 || this.opening !== undefined;
  }

  get running(): boolean {
    return this.session !== undefined || this.opening !== undefined;
  }

  /** Whether there is no point in waiting for it just now: it has failed lately, or is taking long to start. */
  get slow(): boolean {
    const now = this.parts.clock.elapsed();
    return this.opening ? now - this.opening.began > slowMs : this.session === undefined && this.backOff.left(now) > 0;
  }

  status(): LspServerStatus {
    const { id, name, root, extensions, source } = this.parts;
    return {
      ...{ id, name, root, extensions: [...extensions], state: this.state },
      ...(this.error !== undefined && { error: this.error }),
      ...(source !== undefined && { configSource: source }),
    };
  }

  /**
   * Does something with a running server, which is started if need be and waited for until the limit. Rejects with a
   * `NotRunning`, or with what the work rejects with.
   */
  async use<T>(limitMs: number, signal: AbortSignal, work: (session: Session, leftMs: number) => Promise<T>): Promise<T> {
    const { clock } = this.parts;
    const began = clock.elapsed();
    this.uses++;
    try {
      const session = await this.ready(limitMs, signal);
      const result = await work(session, Math.max(0, limitMs - (clock.elapsed() - began)));
      this.backOff.worked();
      return result;
    } catch (thrown) {
      throw thrown instanceof NotRunning ? thrown : new Error(this.parts.mask(messageOf(thrown)), { cause: thrown });
    } finally {
      this.uses--;
      this.usedAt = clock.elapsed();
    }
  }

  /** The running server, if there is one. Starts nothing. */
  get current(): Session | undefined {
    return this.session;
  }

  /** Ends the session; the next use starts another. */
  async rest(): Promise<void> {
    const { session } = this;
    this.session = undefined;
    if (!session) return;
    this.state = 'not-started';
    await this.leave(session);
  }

  /** Ends it for good. */
  async close(): Promise<void> {
    this.closed = true;
    this.opening?.stop();
    await Promise.all([this.rest(), this.opening?.done]);
    await Promise.all(this.ending);
  }

  private async ready(limitMs: number, signal: AbortSignal): Promise<Session> {
    const { clock } = this.parts;
    const wait = this.running ? 0 : this.backOff.left(clock.elapsed());
    if (wait > limitMs) throw new NotRunning(`${this.error}; it is started again in ${Math.ceil(wait / 1000)} s`);
    if (wait > 0) await clock.sleep(wait, signal);
    if (signal.aborted) throw new NotRunning('the call was stopped');
    if (this.closed) throw new NotRunning('its configuration was changed, or is not trusted any more');
    if (!this.running) this.start();
    if (this.opening) await this.within(this.opening.done, limitMs - wait, signal);
    if (this.session) return this.session;
    throw new NotRunning(this.opening ? 'it is still starting; ask again later' : (this.error ?? 'it is not running'));
  }

  private start(): void {
    this.state = 'starting';
    this.error = undefined;
    const stopped = new AbortController();
    const done = this.open(stopped.signal).finally(() => {
      this.opening = undefined;
    });
    this.opening = { began: this.parts.clock.elapsed(), done, stop: () => stopped.abort() };
  }

  /** Never rejects. */
  private async open(signal: AbortSignal): Promise<void> {
    try {
      const session = await this.parts.open(signal);
      if (signal.aborted) return await this.leave(session);
      this.session = session;
      this.state = 'connected';
      void session.ended.then(() => {
        if (this.session !== session) return;
        this.fail(session.why ?? 'it has ended');
        void this.leave(session);
      });
    } catch (thrown) {
      this.fail(messageOf(thrown));
    }
  }

  private fail(why: string): void {
    const { clock, logger, id, root } = this.parts;
    this.session = undefined;
    this.state = this.closed ? 'not-started' : 'error';
    this.error = this.parts.mask(why);
    this.backOff.failed(clock.elapsed());
    if (!this.closed) logger.warn(`the language server "${id}" failed: ${this.error}`, { root });
  }

  private leave(session: Session): Promise<void> {
    const left = session
      .close()
      .catch((thrown: unknown) => this.parts.logger.warn(`the language server "${this.parts.id}" did not end: ${messageOf(thrown)}`))
      .finally(() => this.ending.delete(left));
    this.ending.add(left);
    return left;
  }

  private async within(work: Promise<void>, ms: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const stop = () => over.abort();
    signal.addEventListener('abort', stop);
    await Promise.race([work, this.parts.clock.sleep(Math.max(0, ms), over.signal)]);
    signal.removeEventListener('abort', stop);
    over.abort();
  }
}

import { type Clock, type Logger, messageOf, type ToolAnswer, type ToolContext } from 'dispatch/kernel';
import type { McpServerStatus } from 'dispatch/wire';
import { BackOff } from '../child-processes/contract.js';
import { OfferedTools } from './offered-tools.js';
import { paced } from './paced.js';
import { resultText } from './result-text.js';
import type { Session } from './session.js';
import type { ToolInfo } from './tool-list.js';

/** In milliseconds. */
export interface ConnectionLimits {
  /** How long a start may hold a turn up. */
  waitMs: number;
  /** How long a call may be silent, and how long it may take in all. */
  callMs: number;
  callLimitMs: number;
}

export interface ConnectionParts {
  id: string;
  /** Where it is configured. */
  source: string;
  /** Opens a session; `toolsChanged` may be called at any time. */
  open(way: { signal: AbortSignal; toolsChanged(): void }): Promise<Session>;
  limits: ConnectionLimits;
  /** Takes out what nobody may be shown. */
  mask(text: string): string;
  clock: Clock;
  logger: Logger;
}

/** How long a server that let a call time out has to answer a ping. */
const pingMs = 5_000;

/**
 * A server for one working directory: started when it is first used, again after a crash (later each time), shared by
 * all conversations there. Its tools stay offered while it is down, so that a request's prefix stays the same.
 */
export class ServerConnection {
  readonly tools: OfferedTools;
  /** Clock milliseconds of the last use. */
  usedAt: number;
  private session: Session | undefined;
  private opening: { began: number; done: Promise<void>; stop(): void } | undefined;
  private state: McpServerStatus['state'] = 'disconnected';
  private error: string | undefined;
  private readonly backOff = new BackOff();
  private calls = 0;
  /** Sessions whose last processes are being ended. */
  private readonly ending = new Set<Promise<void>>();
  private closed = false;

  constructor(private readonly parts: ConnectionParts) {
    this.usedAt = parts.clock.elapsed();
    this.tools = new OfferedTools((words) => parts.logger.warn(`the MCP server "${parts.id}": ${words}`, { source: parts.source }));
  }

  get busy(): boolean {
    return this.calls > 0 || this.opening !== undefined;
  }

  get running(): boolean {
    return this.session !== undefined || this.opening !== undefined;
  }

  status(): McpServerStatus {
    const { id, source } = this.parts;
    return {
      id,
      state: this.state,
      ...(this.error !== undefined && { error: this.error }),
      toolCount: this.tools.list.length,
      configSource: source,
    };
  }

  /** The tools as they are now. Starts the server where it is not running; waits for that, and for a list that has changed. */
  async offered(): Promise<readonly ToolInfo[]> {
    const { clock, limits } = this.parts;
    this.usedAt = clock.elapsed();
    if (!this.running && this.backOff.left(this.usedAt) === 0) this.start();
    const work = this.opening?.done ?? this.tools.asking;
    const began = this.opening?.began ?? this.usedAt;
    if (work) await this.within(work, began + limits.waitMs - clock.elapsed());
    return this.tools.list;
  }

  async call(tool: ToolInfo, input: unknown, context: Pick<ToolContext, 'signal' | 'output'>): Promise<ToolAnswer> {
    this.calls++;
    try {
      return await this.answer(tool, input, context);
    } catch (thrown) {
      const words = this.parts.mask(messageOf(thrown)).replace(/^(MCP error -?\d+: )+/, '');
      return { content: `the MCP server "${this.parts.id}" failed: ${words}`, isError: true };
    } finally {
      this.calls--;
      this.usedAt = this.parts.clock.elapsed();
    }
  }

  /** Ends the session; the next use starts another. */
  async rest(): Promise<void> {
    const { session } = this;
    this.session = undefined;
    if (!session) return;
    this.state = 'disconnected';
    await this.leave(session);
  }

  /** Ends it for good; calls that run are told. */
  async close(): Promise<void> {
    this.closed = true;
    this.opening?.stop();
    await Promise.all([this.rest(), this.opening?.done]);
    await Promise.all(this.ending);
  }

  private async answer(
    tool: ToolInfo,
    input: unknown,
    { signal, output }: Pick<ToolContext, 'signal' | 'output'>,
    again = true,
  ): Promise<ToolAnswer> {
    const session = await this.ready(signal);
    const { limits, clock } = this.parts;
    try {
      const options = { signal, silenceMs: limits.callMs, limitMs: limits.callLimitMs, progress: paced(clock, output) };
      const result = await session.call(tool, input, options);
      this.backOff.worked();
      return { content: resultText(result), isError: result.isError === true };
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      const { code } = thrown as { code?: unknown };
      // The server has forgotten the session, so it has not run the tool either.
      if (code === 404 && again) {
        this.drop(session, 'it has ended the session');
        this.backOff.worked();
        return this.answer(tool, input, { signal, output }, false);
      }
      if (code === -32_000 && this.session !== session)
        throw new Error(`${this.error ?? 'it is gone'}; whether the tool has run is not known`);
      if (code === -32_001) await this.doubt(session);
      if (code === -32_001) throw new Error(`no answer within ${limits.callMs} ms; the call was cancelled`);
      throw thrown;
    }
  }

  /** A server that answers; started if need be. Rejects with why there is none. */
  private async ready(signal: AbortSignal): Promise<Session> {
    const { clock, limits } = this.parts;
    const wait = this.running ? 0 : this.backOff.left(clock.elapsed());
    if (wait > limits.waitMs) throw new Error(`${this.error}; it is started again in ${Math.ceil(wait / 1000)} s`);
    if (wait > 0) await clock.sleep(wait, signal);
    if (signal.aborted) throw new Error('the call was stopped');
    if (this.closed) throw new Error('its configuration was changed, or is not trusted any more');
    if (!this.running) this.start();
    if (this.opening) await this.within(this.opening.done, limits.waitMs, signal);
    if (this.session) return this.session;
    throw new Error(this.opening ? 'it is still starting; try again later' : (this.error ?? 'it is not running'));
  }

  private start(): void {
    if (this.closed) return;
    const { clock } = this.parts;
    this.state = 'connecting';
    this.error = undefined;
    const stopped = new AbortController();
    const done = this.open(stopped.signal).finally(() => {
      this.opening = undefined;
    });
    this.opening = { began: clock.elapsed(), done, stop: () => stopped.abort() };
  }

  /** Never rejects. */
  private async open(signal: AbortSignal): Promise<void> {
    let session: Session | undefined;
    try {
      const opened = await this.parts.open({ signal, toolsChanged: () => session && this.tools.changed(session) });
      session = opened;
      await this.tools.load(opened);
      signal.throwIfAborted();
      this.session = opened;
      this.state = 'connected';
      void opened.ended.then(() => {
        if (this.session === opened) this.drop(opened, opened.why() ?? 'it has ended');
      });
    } catch (thrown) {
      const why = session?.why() ?? messageOf(thrown);
      if (session) await this.leave(session);
      this.fail(why);
    }
  }

  private fail(why: string): void {
    const { clock, logger, id, source } = this.parts;
    this.session = undefined;
    this.state = this.closed ? 'disconnected' : 'error';
    this.error = this.parts.mask(why);
    this.backOff.failed(clock.elapsed());
    if (!this.closed) logger.warn(`the MCP server "${id}" failed: ${why}`, { source });
  }

  private drop(session: Session, why: string): void {
    if (this.session === session) this.fail(why);
    void this.leave(session);
  }

  private leave(session: Session): Promise<void> {
    const left = session
      .close()
      .catch((thrown: unknown) => this.parts.logger.warn(`the MCP server "${this.parts.id}" did not end: ${messageOf(thrown)}`))
      .finally(() => this.ending.delete(left));
    this.ending.add(left);
    return left;
  }

  /** A call timed out: whether the server is only slow, or hangs. */
  private async doubt(session: Session): Promise<void> {
    await session
      .ping(Math.min(pingMs, Math.max(1_000, this.parts.limits.callMs)))
      .catch(() => this.drop(session, 'it hangs: neither a call nor a ping was answered'));
  }

  private async within(work: Promise<void>, ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0) return;
    const over = new AbortController();
    const stop = () => over.abort();
    signal?.addEventListener('abort', stop);
    await Promise.race([work, this.parts.clock.sleep(ms, over.signal)]);
    signal?.removeEventListener('abort', stop);
    over.abort();
  }
}

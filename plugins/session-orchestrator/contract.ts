import { type Service, type Slot, service, slot } from 'dispatch/kernel';
import type { ChatRequest } from 'dispatch/wire';

/** One event as it goes out: its type, and its JSON, made once for all who watch. */
export interface Line {
  readonly type: string;
  /** One JSON object without a line end. */
  readonly json: string;
}

/** Someone who watches a conversation. A slow watcher costs itself only: the turn never waits. */
export interface Watcher {
  /** Takes lines in order. Answers false when it wants no more before `Watch.ready()` is called. */
  take(lines: readonly Line[]): boolean;
  /** The watch is over: `sealed` after the one turn it was for, `slow` when too much waited for it, `gone` at shutdown. */
  end(why: 'sealed' | 'slow' | 'gone'): void;
}

export interface Watch {
  /** The watcher can take lines again. */
  ready(): void;
  /** Stops watching; never touches the turn. */
  stop(): void;
}

/** Why a turn was not started: nothing was stored. */
export class TurnRefused extends Error {
  constructor(
    readonly code: 'busy' | 'blank' | 'stopping',
    message: string,
  ) {
    super(message);
    this.name = 'TurnRefused';
  }
}

export interface StartedTurn {
  conversationId: string;
  turnId: string;
  /** The watch of the watcher handed in: from the turn's first event to `turn-sealed`. */
  watch?: Watch;
}

/** Turns: one at a time per conversation, detached from whoever asked for them. */
export interface Turns {
  /** Starts a turn; resolves once its prompt is stored. Throws `TurnRefused`, or a `StorageError` when nothing could be. */
  begin(request: ChatRequest, watcher?: Watcher): Promise<StartedTurn>;
  /** Watches a conversation: the running turn from its first event, then every later one. Nothing is replayed when idle. */
  watch(conversationId: string, watcher: Watcher): Watch;
  /** Aborts the running turn and waits until it is sealed; false when idle. */
  abort(conversationId: string): Promise<boolean>;
  /** Aborts, and closes the conversation; idempotent. True when a turn was aborted. */
  close(conversationId: string): Promise<boolean>;
  /** Id of the running turn. */
  running(conversationId: string): string | undefined;
  /** Resolves true as soon as no turn runs, false after `timeoutMs`. */
  settled(conversationId: string, timeoutMs: number): Promise<boolean>;
  /** Takes no more turns, gives those that run `graceMs` to end, aborts the rest, and resolves when all are sealed. */
  drain(graceMs: number): Promise<void>;
}
export const Turns: Service<Turns> = service<Turns>('dispatch.turns');

export { type Shape, TurnShapes } from './turn-shapes.js';

/** Messages that wait for a conversation, joined. */
export interface WaitingText {
  text: string;
  /** They are on their way into the log as handed over. A source that must not lose any keeps them until it hears the event. */
  taken(): Promise<void>;
}

/** Keeps messages that were typed while a turn ran. Asked at each tool-result boundary and at the end of a turn. */
export interface SteeringSource {
  /** Undefined when nothing waits. */
  waiting(conversationId: string): Promise<WaitingText | undefined>;
  /** The conversation was closed: what waited is dropped. */
  drop(conversationId: string): Promise<void>;
}
export const SteeringSources: Slot<SteeringSource> = slot<SteeringSource>('dispatch.steering-source[]');

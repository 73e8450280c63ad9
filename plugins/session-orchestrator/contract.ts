import { type Service, service } from 'dispatch/kernel';
import type { ChatRequest } from 'dispatch/wire';

/** One event as it goes out: its type, and its JSON, made once for all who watch. */
export interface Line {
  readonly type: string;
  /** One JSON object without a line end. */
  readonly json: string;
}

/** Someone who watches a conversation. Slow watchers cost themselves only. */
export interface Watcher {
  /** Takes lines in order. Answers false when it wants no more before `Watch.ready()` is called. */
  take(lines: readonly Line[]): boolean;
  /** The watch is over: `sealed` after the turn it was for, `slow` when too much waited for it, `gone` at shutdown. */
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

/** Turns: one at a time per conversation, detached from whoever asked for them. */
export interface Turns {
  /** Starts a turn. Resolves as soon as it is certain to run. Throws `TurnRefused`. */
  start(request: ChatRequest): Promise<{ conversationId: string; turnId: string }>;
  /** Watches one turn, from its first event to `turn-sealed`. Undefined when that turn is over. */
  watchTurn(conversationId: string, turnId: string, watcher: Watcher): Watch | undefined;
  /** Watches a conversation: the running turn from its first event, then every later one. */
  watch(conversationId: string, watcher: Watcher): Watch;
  /** Aborts the running turn and waits until it is sealed; false when idle. */
  stop(conversationId: string): Promise<boolean>;
  /** Aborts, and closes the conversation; idempotent. */
  close(conversationId: string): Promise<boolean>;
  /** Id of the running turn. */
  running(conversationId: string): string | undefined;
  /** Resolves true when no turn runs (any more), false after `timeoutMs`. */
  settled(conversationId: string, timeoutMs: number): Promise<boolean>;
}
export const Turns: Service<Turns> = service<Turns>('dispatch.turns');

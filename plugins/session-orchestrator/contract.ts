import { type Message, type Service, type Slot, service, slot, type ToolAnswer, type ToolContext } from 'dispatch/kernel';
import type { ChatImage, ChatRequest } from 'dispatch/wire';
import type { SocketClient } from '../transport-ws/contract.js';

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
    readonly code: 'busy' | 'blank' | 'stopping' | 'bad_image',
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
  /**
   * Starts a turn; resolves once its prompt is stored. Throws `TurnRefused`, or a `StorageError` when nothing could be.
   * `turnId`: a fresh id that whoever asks has chosen.
   */
  begin(request: ChatRequest, watcher?: Watcher, turnId?: string): Promise<StartedTurn>;
  /** Watches a conversation: the running turn from its first event, then every later one. Nothing is replayed when idle. */
  watch(conversationId: string, watcher: Watcher): Watch;
  /** Watches one turn that has begun, from its first event to `turn-sealed`; undefined when it has ended: the log has it. */
  watchTurn(started: StartedTurn, watcher: Watcher): Watch | undefined;
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

export { hiddenStep } from './hidden-step.js';
/** Lets sockets see the turns that they start by other messages than `chat.send`. */
export interface SocketTurns {
  /** Where `begin` starts a turn (it answers whether it did), the socket watches the conversation from that turn's first event on. */
  begin(client: SocketClient, conversationId: string, begin: () => Promise<boolean>): Promise<void>;
}
export const SocketTurns: Service<SocketTurns> = service<SocketTurns>('dispatch.socket-turns');

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
  /**
   * A turn that was stopped, or that could not be stored, is over, and `turn-sealed` comes next: what waits, waits for
   * the user, also what was asked for at the turn's end.
   */
  hold?(conversationId: string): void;
}
export const SteeringSources: Slot<SteeringSource> = slot<SteeringSource>('dispatch.steering-source[]');

/** Makes a history shorter that turned out too long for the model, so that its turn can go on. */
export interface OverflowRelief {
  /** What to show in place of a turn's history (the prompt is its last message); undefined: nothing can be done. */
  relieve(conversationId: string, history: readonly Message[], signal: AbortSignal): Promise<readonly Message[] | undefined>;
}
export const OverflowReliefs: Slot<OverflowRelief> = slot<OverflowRelief>('dispatch.overflow-relief[]');

/** Takes the pictures of a message into keeping, before anything of its turn is stored. */
export interface ImageKeeper {
  /** What the log is to say in their place. Throws `TurnRefused` before any is kept, a `StorageError` when the disk refuses. */
  keep(images: readonly ChatImage[]): Promise<readonly ChatImage[]>;
}
export const ImageKeepers: Slot<ImageKeeper> = slot<ImageKeeper>('dispatch.image-keeper[]');

/** A tool call that a model has made; its input fits the tool's schema. */
export interface ToolCall {
  readonly toolName: string;
  readonly input: unknown;
}

/** What becomes of a call: it is made with another input, or not made and the model is told why. Nothing said lets it be. */
export type CallVerdict = { input: unknown } | { refuse: string } | undefined;

/**
 * Looks at each tool call of a turn, before it is made and after. Lower `order` is asked first before a call and last
 * after it; 0 when absent. One that throws is reported and skipped; with `critical` the call is refused instead. The
 * signal of the context aborts when the turn is stopped.
 */
export interface CallFilter {
  readonly order?: number;
  readonly critical?: boolean;
  before?(call: ToolCall, context: ToolContext): CallVerdict | Promise<CallVerdict>;
  /** Gives the answer that the model gets; it is also asked when the tool has failed. */
  after?(answer: Exclude<ToolAnswer, string>, call: ToolCall, context: ToolContext): ToolAnswer | Promise<ToolAnswer>;
}
/** Looks at tool calls; counts for turns that begin from now on. */
export const CallFilters: Slot<CallFilter> = slot<CallFilter>('dispatch.call-filter[]');

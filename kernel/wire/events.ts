import type { ConversationStatus, Usage } from './conversation.js';

interface OfConversation {
  conversationId: string;
}
interface OfTurn extends OfConversation {
  turnId: string;
}

/** The conversation's life changed. The only event without a turn. */
export interface StatusEvent extends OfConversation {
  type: 'status';
  status: ConversationStatus;
}
/** First event of a turn: the prompt, so that a mere watcher sees it. */
export interface UserMessageEvent extends OfTurn {
  type: 'user-message';
  text: string;
}
export interface TurnStartEvent extends OfTurn {
  type: 'turn-start';
}
export interface TextDeltaEvent extends OfTurn {
  type: 'text-delta';
  delta: string;
}
export interface ReasoningDeltaEvent extends OfTurn {
  type: 'reasoning-delta';
  delta: string;
}
/** The model asked for a tool. */
export interface ToolCallEvent extends OfTurn {
  type: 'tool-call';
  stepId: string;
  toolCallId: string;
  toolName: string;
  input: unknown;
}
/** Live output of a running tool. */
export interface ToolOutputEvent extends OfTurn {
  type: 'tool-output';
  toolCallId: string;
  data: string;
  stream: 'stdout' | 'stderr';
}
export interface ToolResultEvent extends OfTurn {
  type: 'tool-result';
  stepId: string;
  toolCallId: string;
  toolName: string;
  content: string;
  isError: boolean;
  durationMs?: number;
}
/** Tokens of one step. */
export interface UsageEvent extends OfTurn {
  type: 'usage';
  stepId?: string;
  usage: Usage;
}
/** Once per step. `genTotalMs = ttftMs + decodeMs` when a first token was seen. */
export interface StepCompleteEvent extends OfTurn {
  type: 'step-complete';
  stepId: string;
  ttftMs?: number;
  decodeMs?: number;
  genTotalMs?: number;
}
/** Queued messages were handed to the model at a tool-result boundary; all of one drain, joined. */
export interface SteeringEvent extends OfTurn {
  type: 'steering';
  text: string;
}
/** Sent before the wait; never stored. `discard`: forget this step's text so far. `attempt` counts from 0. */
export interface ProviderRetryEvent extends OfTurn {
  type: 'provider-retry';
  attempt: number;
  delayMs: number;
  message: string;
  code?: string;
  discard?: boolean;
}
export interface ErrorEvent extends OfTurn {
  type: 'error';
  message: string;
  code?: string;
}
/** Why a turn ended: one of the named reasons, or the provider's own word. */
export type DoneReason = 'stop' | 'aborted' | 'error' | 'max-steps' | 'length' | (string & {});
export interface DoneEvent extends OfTurn {
  type: 'done';
  reason: DoneReason;
  durationMs?: number;
  /** Sum of the steps. */
  usage?: Usage;
  /** Input plus output tokens of the last step. */
  contextSize?: number;
}
/** Last event of a turn: everything is stored and readable. */
export interface TurnSealedEvent extends OfTurn {
  type: 'turn-sealed';
}

/** What a running turn tells those who watch it. */
export type TurnEvent =
  | UserMessageEvent
  | TurnStartEvent
  | TextDeltaEvent
  | ReasoningDeltaEvent
  | ToolCallEvent
  | ToolOutputEvent
  | ToolResultEvent
  | UsageEvent
  | StepCompleteEvent
  | SteeringEvent
  | ProviderRetryEvent
  | ErrorEvent
  | DoneEvent
  | TurnSealedEvent;

/** Everything that can stand on a line of `POST /chat` or in a `chat.delta` message. */
export type ChatEvent = TurnEvent | StatusEvent;

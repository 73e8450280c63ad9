import type { ConversationStatus, ToolResultChunk, Usage } from './conversation.js';

/** What every event of a turn carries. */
type In = { conversationId: string; turnId: string };
type Problem = { message: string; code?: string };

/** The conversation's life changed. The only event without a turn. */
export type StatusEvent = { type: 'status'; conversationId: string; status: ConversationStatus };
/** First event of a turn: the prompt, so that a mere watcher sees it. */
export type UserMessageEvent = In & { type: 'user-message'; text: string };
export type TurnStartEvent = In & { type: 'turn-start' };
export type TextDeltaEvent = In & { type: 'text-delta'; delta: string };
export type ReasoningDeltaEvent = In & { type: 'reasoning-delta'; delta: string };
/** The model asked for a tool. `stepId` is shared by all calls and results of a step, opaque to clients. */
export type ToolCallEvent = In & { type: 'tool-call'; stepId: string; toolCallId: string; toolName: string; input: unknown };
/** Live output of a running tool. */
export type ToolOutputEvent = In & { type: 'tool-output'; toolCallId: string; data: string; stream: 'stdout' | 'stderr' };
export type ToolResultEvent = In & ToolResultChunk & { stepId: string; durationMs?: number };
/** Tokens of one step. */
export type UsageEvent = In & { type: 'usage'; stepId?: string; usage: Usage };
/** Once per step. `genTotalMs = ttftMs + decodeMs` when a first token was seen. */
export type StepCompleteEvent = In & { type: 'step-complete'; stepId: string; ttftMs?: number; decodeMs?: number; genTotalMs?: number };
/** Queued messages were handed to the model at a tool-result boundary; all of one drain, joined. */
export type SteeringEvent = In & { type: 'steering'; text: string };
/** Sent before the wait; never stored. `discard`: forget this step's text so far. `attempt` counts from 0. */
export type ProviderRetryEvent = In & Problem & { type: 'provider-retry'; attempt: number; delayMs: number; discard?: boolean };
export type ErrorEvent = In & Problem & { type: 'error' };
/** Why a turn ended: one of the named reasons, or the provider's own word. */
export type DoneReason = 'stop' | 'aborted' | 'error' | 'max-steps' | 'length' | (string & {});
/** `usage` is the sum of the steps, `contextSize` input plus output tokens of the last. */
export type DoneEvent = In & { type: 'done'; reason: DoneReason; durationMs?: number; usage?: Usage; contextSize?: number };
/** Last event of a turn: everything is stored and readable. */
export type TurnSealedEvent = In & { type: 'turn-sealed' };

/** What a running turn tells those who watch it. */
export type TurnEvent =
  | (UserMessageEvent | TurnStartEvent | TextDeltaEvent | ReasoningDeltaEvent | ToolCallEvent | ToolOutputEvent | ToolResultEvent)
  | (UsageEvent | StepCompleteEvent | SteeringEvent | ProviderRetryEvent | ErrorEvent | DoneEvent | TurnSealedEvent);

/** Everything that can stand on a line of `POST /chat` or in a `chat.delta` message. */
export type ChatEvent = TurnEvent | StatusEvent;

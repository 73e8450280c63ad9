/** Who a chunk speaks for. */
export type Role = 'system' | 'user' | 'assistant' | 'tool';

/** `active` while a turn runs, `queued` while it waits for a provider, `closed` until reopened. */
export type ConversationStatus = 'active' | 'queued' | 'idle' | 'closed';

/** How hard a model should think; providers with fewer levels get the nearest one. */
export type ReasoningEffort = 'low' | 'medium' | 'high' | 'xhigh' | 'max';

export type TextChunk = { type: 'text'; text: string };
export type ThinkingChunk = { type: 'thinking'; text: string };
/** `input` is any JSON value: what the model asked for, parsed. */
export type ToolCallChunk = { type: 'tool-call'; toolCallId: string; toolName: string; input: unknown; stepId?: string };
type Result = { toolCallId: string; toolName: string; content: string; isError: boolean };
export type ToolResultChunk = { type: 'tool-result'; stepId?: string } & Result;
export type ErrorChunk = { type: 'error'; message: string; code?: string };
export type SystemChunk = { type: 'system'; text: string };
/** `url` is a `data:` or `http(s):` address. */
export type ImageChunk = { type: 'image'; url: string; mimeType?: string };

/** One ordered piece of a message: the unit that is stored and rendered. */
export type Chunk = TextChunk | ThinkingChunk | ToolCallChunk | ToolResultChunk | ErrorChunk | SystemChunk | ImageChunk;

/** A chunk in the log. `seq` starts at 1 in each conversation and has no gaps. */
export type StoredChunk = { seq: number; role: Role; chunk: Chunk };

/** Token counts. `inputTokens` is the whole prompt, its cached part included. */
export type Usage = { inputTokens: number; outputTokens: number; cacheReadTokens?: number; cacheWriteTokens?: number };

/** Times are epoch milliseconds. */
export type ConversationMeta = {
  id: string;
  createdAt: number;
  lastActivityAt: number;
  title: string;
  status: ConversationStatus;
  workspaceId: string;
  /** Id of the archive that holds the history from before the last compaction. */
  compactedFrom?: string;
  /** Rises with each compaction; `seq` starts again at 1 then. */
  epoch?: number;
};

/** Milliseconds from the request to the first token, from there to the last, and their sum. */
export type StepMetrics = { stepId: string; usage: Usage; ttftMs?: number; decodeMs?: number; genTotalMs?: number };

/** Figures of one sealed turn; `contextSize` is input plus output tokens of the last step. */
export type TurnMetrics = { turnId: string; usage: Usage; durationMs?: number; steps: StepMetrics[]; contextSize?: number };

/** `id`: 1 to 40 of `a-z`, `0-9`, `-`. */
export type Workspace = { id: string; title: string; defaultCwd: string | null; createdAt: number; lastActivityAt: number };

/** A message typed while a turn runs, waiting to be handed to the model. `queuedAt` is epoch milliseconds. */
export type QueuedMessage = { id: string; text: string; queuedAt: number };

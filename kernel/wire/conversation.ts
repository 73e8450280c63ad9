/** Who a chunk speaks for. */
export type Role = 'system' | 'user' | 'assistant' | 'tool';

/** Life of a conversation: `active` while a turn runs, `queued` while it waits for a provider, `closed` until reopened. */
export type ConversationStatus = 'active' | 'queued' | 'idle' | 'closed';

/** How hard a model should think; providers with fewer levels get the nearest one. */
export type ReasoningEffort = 'low' | 'medium' | 'high' | 'xhigh' | 'max';

export interface TextChunk {
  type: 'text';
  text: string;
}
export interface ThinkingChunk {
  type: 'thinking';
  text: string;
}
export interface ToolCallChunk {
  type: 'tool-call';
  toolCallId: string;
  toolName: string;
  /** Any JSON value; what the model asked for, parsed. */
  input: unknown;
  stepId?: string;
}
export interface ToolResultChunk {
  type: 'tool-result';
  toolCallId: string;
  toolName: string;
  content: string;
  isError: boolean;
  stepId?: string;
}
export interface ErrorChunk {
  type: 'error';
  message: string;
  code?: string;
}
export interface SystemChunk {
  type: 'system';
  text: string;
}
export interface ImageChunk {
  type: 'image';
  /** A `data:` or `http(s):` address. */
  url: string;
  mimeType?: string;
}

/** One ordered piece of a message: the unit that is stored and rendered. */
export type Chunk = TextChunk | ThinkingChunk | ToolCallChunk | ToolResultChunk | ErrorChunk | SystemChunk | ImageChunk;

/** A chunk in the log. `seq` starts at 1 in each conversation and has no gaps. */
export interface StoredChunk {
  seq: number;
  role: Role;
  chunk: Chunk;
}

/** Token counts. `inputTokens` is the whole prompt, its cached part included. */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens?: number;
  cacheWriteTokens?: number;
}

export interface ConversationMeta {
  id: string;
  /** Epoch milliseconds. */
  createdAt: number;
  /** Epoch milliseconds. */
  lastActivityAt: number;
  title: string;
  status: ConversationStatus;
  workspaceId: string;
  /** Id of the archive that holds the history from before the last compaction. */
  compactedFrom?: string;
  /** Rises with each compaction; `seq` starts again at 1 then. */
  epoch?: number;
}

export interface StepMetrics {
  stepId: string;
  usage: Usage;
  /** Milliseconds from the request to the first token. */
  ttftMs?: number;
  /** Milliseconds from the first token to the last. */
  decodeMs?: number;
  /** `ttftMs + decodeMs`, when a first token was seen. */
  genTotalMs?: number;
}

/** Figures of one sealed turn. */
export interface TurnMetrics {
  turnId: string;
  usage: Usage;
  durationMs?: number;
  steps: StepMetrics[];
  /** Input plus output tokens of the last step. */
  contextSize?: number;
}

export interface Workspace {
  /** 1 to 40 of `a-z`, `0-9`, `-`. */
  id: string;
  title: string;
  defaultCwd: string | null;
  createdAt: number;
  lastActivityAt: number;
}

/** A message typed while a turn runs, waiting to be handed to the model. */
export interface QueuedMessage {
  id: string;
  text: string;
  /** Epoch milliseconds. */
  queuedAt: number;
}

import type * as C from './conversation.js';
import type { CatalogEntry, Surface } from './surfaces.js';

/** What answers about one conversation carry. */
type Of = { conversationId: string };

/** Body of every answer that is not a success: what is wrong and what would be right. */
export type ErrorBody = { error: string; code?: string; details?: unknown };

export type Health = { ok: true } | { ok: false; error: string };

/** `contextWindow` in tokens. */
export type ModelInfo = { contextWindow?: number; vision?: boolean };
/** Names are `<credential>/<model>`. */
export type ModelsAnswer = { models: string[]; modelInfo?: Record<string, ModelInfo> };

export type ChatImage = { url: string; mimeType?: string };
/** Body of `POST /chat` and of the socket's `chat.send`. */
export type ChatRequest = {
  conversationId?: string;
  message: string;
  images?: ChatImage[];
  model?: string;
  cwd?: string;
  reasoningEffort?: C.ReasoningEffort;
  workspaceId?: string;
};

export type WarmRequest = Of & { model?: string; cwd?: string };
/** Percentages are 0 to 100, rounded. */
export type WarmAnswer = Required<C.Usage> & { cachePct: number; expectedCacheRate: number };

export type QueueAnswer = Of & { startedTurn: boolean; queue: C.QueuedMessage[] };
export type CancelAnswer = Of & { cancelled: boolean; queue: C.QueuedMessage[] };
export type AbortAnswer = Of & { abortedTurn: boolean };
export type OpenAnswer = Of;

export type ConversationsAnswer = { conversations: C.ConversationMeta[] };
/** `latestSeq`: last seq returned, or `sinceSeq` (or 0) when nothing is. */
export type HistoryAnswer = { chunks: C.StoredChunk[]; latestSeq: number; epoch: number };
export type StatusAnswer = Of & { isActive: boolean; status: C.ConversationStatus };
/** `content`: the last assistant text, empty if there is none. */
export type LastAnswer = Of & { content: string; turnId?: string; settled: boolean };
export type MetricsAnswer = { turns: C.TurnMetrics[] };

export type CwdAnswer = Of & { cwd: string | null };
export type ModelAnswer = Of & { model: string | null };
export type EffortAnswer = Of & { reasoningEffort: C.ReasoningEffort | null };
export type TitleAnswer = Of & { title: string };
export type CompactAnswer = Of & { newConversationId: string; messagesSummarized: number; messagesKept: number };
/** A percentage 0 to 100 of the context window; 0 = manual only. */
export type CompactPercentAnswer = Of & { threshold: number };

export type LspServerStatus = {
  id: string;
  name: string;
  root: string;
  extensions: string[];
  state: 'connected' | 'starting' | 'error' | 'not-started';
  error?: string;
  configSource?: string;
};
export type LspAnswer = Of & { cwd: string; servers: LspServerStatus[] };
type McpState = 'connecting' | 'connected' | 'error' | 'disconnected';
export type McpServerStatus = { id: string; state: McpState; error?: string; toolCount: number; configSource?: string };
export type McpAnswer = Of & { cwd: string; servers: McpServerStatus[] };

export type WorkspacesAnswer = { workspaces: (C.Workspace & { conversationCount: number })[] };
export type WorkspaceDeleted = { workspaceId: string; closedCount: number };

export type SystemPromptAnswer = { template: string };
export type SystemPromptVariables = { variables: { type: string; name: string; description: string; dynamic?: boolean }[] };
/** `[start, end)` in epoch milliseconds. */
export type ThroughputAnswer = {
  period: 'day' | 'week' | 'month';
  date: string;
  start: number;
  end: number;
  models: { model: string; tokensPerSecond: number; totalOutputTokens: number; totalGenMs: number; turns: number }[];
};

export type SurfacesAnswer = { catalog: CatalogEntry[] };
export type SurfaceAnswer = Surface;

/** State of one plugin, as `GET /plugins` shows it; `reason` says why it is not active. */
export type PluginStatus = {
  id: string;
  version?: string;
  state: 'active' | 'failed' | 'stopped';
  /** The server does not run without it. */
  critical?: boolean;
  reason?: string;
  provides: string[];
  needs: string[];
  /** Milliseconds it took to load, build and start. */
  loadMs?: number;
  /** Folder or file it came from. */
  source?: string;
};
/** In start order. */
export type PluginsAnswer = { plugins: PluginStatus[] };

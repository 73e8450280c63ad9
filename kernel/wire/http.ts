import type {
  ConversationMeta,
  ConversationStatus,
  QueuedMessage,
  ReasoningEffort,
  StoredChunk,
  TurnMetrics,
  Workspace,
} from './conversation.js';
import type { CatalogEntry, Surface } from './surfaces.js';

/** Body of every answer that is not a success. */
export interface ErrorBody {
  /** What is wrong and what would be right. */
  error: string;
  code?: string;
  details?: unknown;
}

export type Health = { ok: true } | { ok: false; error: string };

export interface ModelInfo {
  /** Tokens. */
  contextWindow?: number;
  vision?: boolean;
}
export interface ModelsAnswer {
  /** `<credential>/<model>` */
  models: string[];
  modelInfo?: Record<string, ModelInfo>;
}

export interface ChatImage {
  url: string;
  mimeType?: string;
}
/** Body of `POST /chat` and of the socket's `chat.send`. */
export interface ChatRequest {
  conversationId?: string;
  message: string;
  images?: ChatImage[];
  model?: string;
  cwd?: string;
  reasoningEffort?: ReasoningEffort;
  workspaceId?: string;
}

export interface WarmRequest {
  conversationId: string;
  model?: string;
  cwd?: string;
}
/** Percentages are 0 to 100, rounded. */
export interface WarmAnswer {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  cachePct: number;
  expectedCacheRate: number;
}

export interface QueueAnswer {
  conversationId: string;
  startedTurn: boolean;
  queue: QueuedMessage[];
}
export interface CancelAnswer {
  conversationId: string;
  cancelled: boolean;
  queue: QueuedMessage[];
}
export interface AbortAnswer {
  conversationId: string;
  abortedTurn: boolean;
}
export interface OpenAnswer {
  conversationId: string;
}

export interface ConversationsAnswer {
  conversations: ConversationMeta[];
}
/** `latestSeq`: last seq returned, or `sinceSeq` (or 0) when nothing is. */
export interface HistoryAnswer {
  chunks: StoredChunk[];
  latestSeq: number;
  epoch: number;
}
export interface StatusAnswer {
  conversationId: string;
  isActive: boolean;
  status: ConversationStatus;
}
/** `content`: the last assistant text, empty if there is none. */
export interface LastAnswer {
  conversationId: string;
  content: string;
  turnId?: string;
  settled: boolean;
}
export interface MetricsAnswer {
  turns: TurnMetrics[];
}

export interface CwdAnswer {
  conversationId: string;
  cwd: string | null;
}
export interface ModelAnswer {
  conversationId: string;
  model: string | null;
}
export interface EffortAnswer {
  conversationId: string;
  reasoningEffort: ReasoningEffort | null;
}
export interface TitleAnswer {
  conversationId: string;
  title: string;
}
export interface CompactAnswer {
  conversationId: string;
  newConversationId: string;
  messagesSummarized: number;
  messagesKept: number;
}
/** A percentage 0 to 100 of the context window; 0 = manual only. */
export interface CompactPercentAnswer {
  conversationId: string;
  threshold: number;
}

export interface LspServerStatus {
  id: string;
  name: string;
  root: string;
  extensions: string[];
  state: 'connected' | 'starting' | 'error' | 'not-started';
  error?: string;
  configSource?: string;
}
export interface LspAnswer {
  conversationId: string;
  cwd: string;
  servers: LspServerStatus[];
}
export interface McpServerStatus {
  id: string;
  state: 'connecting' | 'connected' | 'error' | 'disconnected';
  error?: string;
  toolCount: number;
  configSource?: string;
}
export interface McpAnswer {
  conversationId: string;
  cwd: string;
  servers: McpServerStatus[];
}

export interface WorkspacesAnswer {
  workspaces: (Workspace & { conversationCount: number })[];
}
export interface WorkspaceDeleted {
  workspaceId: string;
  closedCount: number;
}

export interface SystemPromptAnswer {
  template: string;
}
export interface SystemPromptVariables {
  variables: { type: string; name: string; description: string; dynamic?: boolean }[];
}
export interface ThroughputAnswer {
  period: 'day' | 'week' | 'month';
  date: string;
  /** Epoch milliseconds, inclusive. */
  start: number;
  /** Epoch milliseconds, exclusive. */
  end: number;
  models: { model: string; tokensPerSecond: number; totalOutputTokens: number; totalGenMs: number; turns: number }[];
}

export interface SurfacesAnswer {
  catalog: CatalogEntry[];
}
export type SurfaceAnswer = Surface;

/** State of one plugin, as `GET /plugins` shows it. */
export interface PluginStatus {
  id: string;
  version?: string;
  state: 'active' | 'failed' | 'stopped';
  /** Why it is not active. */
  reason?: string;
  provides: string[];
  needs: string[];
  /** Milliseconds it took to load, build and start. */
  loadMs?: number;
  /** Folder or file it came from. */
  source?: string;
}
/** In start order. */
export interface PluginsAnswer {
  plugins: PluginStatus[];
}

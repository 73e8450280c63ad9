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
/** For this turn; what is left out, the conversation or the server says. */
type ChatSettings = { model?: string; cwd?: string; reasoningEffort?: C.ReasoningEffort; workspaceId?: string };
/** Body of `POST /chat` and of the socket's `chat.send`. */
export type ChatRequest = Partial<Of> & { message: string; images?: ChatImage[] } & ChatSettings;

export type WarmRequest = Of & { model?: string; cwd?: string };
/** Percentages are 0 to 100, rounded. */
export type WarmAnswer = Required<C.Usage> & { cachePct: number; expectedCacheRate: number };

/** Body of `POST /conversations/:id/queue`. */
export type QueueRequest = { text: string; workspaceId?: string };
export type QueueEditRequest = { text: string };
export type QueueListAnswer = Of & { queue: C.QueuedMessage[] };
export type QueueAnswer = Of & { startedTurn: boolean; queue: C.QueuedMessage[] };
export type CancelAnswer = Of & { cancelled: boolean; queue: C.QueuedMessage[] };
export type AbortAnswer = Of & { abortedTurn: boolean };
export type OpenAnswer = Of;

/** `q`: beginning of the id. `status`: words with commas between them; unknown ones are ignored. */
export type ConversationsQuery = { q?: string; status?: string; workspaceId?: string; limit?: number; cursor?: string };
/** With a `limit`: `cursor` asks for what follows, where there is more. */
export type ConversationsAnswer = { conversations: C.ConversationMeta[]; cursor?: string };
/** One text in which all was found, and where in its log. `at`: beginning of its turn, epoch ms; none for a summary. */
type Found = Of & { title: string; workspaceId: string; seq: number; role: C.Role; at?: number };
/** `snippet`: plain text on one line; `marks`: what was found in it, `[start, end)` in UTF-16 code units, ascending. */
export type SearchHit = Found & { snippet: string; marks: [start: number, end: number][] };
/** Newest first. `cursor`: there may be more. `indexing`: some of what was stored is not searched yet. */
export type SearchAnswer = { hits: SearchHit[]; cursor?: string; indexing?: true };
/** Selects `sinceSeq < seq < beforeSeq`, of that the newest `limit`. */
export type HistoryQuery = { sinceSeq?: number; beforeSeq?: number; limit?: number };
/** `latestSeq`: last seq returned, or `sinceSeq` (or 0) when nothing is. */
export type HistoryAnswer = { chunks: C.StoredChunk[]; latestSeq: number; epoch: number };
export type StatusAnswer = Of & { isActive: boolean; status: C.ConversationStatus };
export type LastQuery = { timeoutMs?: number };
/** `content`: the last assistant text, empty if there is none. */
export type LastAnswer = Of & { content: string; turnId?: string; settled: boolean };
export type MetricsAnswer = { turns: C.TurnMetrics[] };

/** A relative `cwd` starts at the workspace's directory. */
export type CwdRequest = { cwd: string; workspaceId?: string };
export type CwdAnswer = Of & { cwd: string | null };
export type ModelRequest = { model: string | null };
export type ModelAnswer = Of & { model: string | null };
export type EffortRequest = { reasoningEffort: C.ReasoningEffort | null };
export type EffortAnswer = Of & { reasoningEffort: C.ReasoningEffort | null };
/** Of a conversation or a workspace. */
export type TitleRequest = { title: string };
export type TitleAnswer = Of & { title: string };
export type CompactRequest = { keepLastN?: number; modelName?: string };
export type CompactAnswer = Of & { newConversationId: string; messagesSummarized: number; messagesKept: number };
/** One of the two. */
export type CompactPercentRequest = { threshold?: number; percent?: number };
/** A percentage 0 to 100 of the context window; 0 = manual only. */
export type CompactPercentAnswer = Of & { threshold: number };

/** `configSource`: the file that asks for the server. */
type Server = { id: string; error?: string; configSource?: string };
type LspState = 'connected' | 'starting' | 'error' | 'not-started';
export type LspServerStatus = Server & { name: string; root: string; extensions: string[]; state: LspState };
export type LspAnswer = Of & { cwd: string; servers: LspServerStatus[] };
type McpState = 'connecting' | 'connected' | 'error' | 'disconnected';
export type McpServerStatus = Server & { state: McpState; toolCount: number };
export type McpAnswer = Of & { cwd: string; servers: McpServerStatus[] };

export type WorkspaceRequest = { title?: string; defaultCwd?: string | null };
export type DefaultCwdRequest = { defaultCwd: string | null };
export type WorkspacesAnswer = { workspaces: (C.Workspace & { conversationCount: number })[] };
export type WorkspaceDeleted = { workspaceId: string; closedCount: number };

export type SystemPromptAnswer = { template: string };
export type PreviewRequest = { template: string; conversationId?: string; cwd?: string };
export type PreviewAnswer = { text: string };
export type SystemPromptVariables = { variables: { type: string; name: string; description: string; dynamic?: boolean }[] };
type Period = 'day' | 'week' | 'month';
/** `date` is `YYYY-MM-DD`, for a month `YYYY-MM`; today's when there is none. */
export type ThroughputQuery = { period?: Period; date?: string };
type ModelThroughput = { model: string; tokensPerSecond: number; totalOutputTokens: number; totalGenMs: number; turns: number };
/** `[start, end)` in epoch milliseconds. */
export type ThroughputAnswer = { period: Period; date: string; start: number; end: number; models: ModelThroughput[] };

export type SurfacesAnswer = { catalog: CatalogEntry[] };
export type SurfaceQuery = Partial<Of>;
export type SurfaceAnswer = Surface;
/** What the payload must be, the action says. */
export type ActionRequest = Partial<Of> & { payload?: unknown };

/**
 * State of one plugin, as `GET /plugins` shows it. `critical`: what it guards is refused while it is down. `reason`: why it
 * is not active. `note`: what else its owner should know, such as why a newer generation was refused. `generation`: which
 * start this is, from the second on. `faults`: how often it has failed since. `loadMs`: milliseconds it took to load,
 * build and start. `source`: folder or file it came from.
 */
export type PluginStatus = PluginState & { provides: string[]; needs: string[]; loadMs?: number; source?: string };
type PluginState = { id: string; version?: string; state: PluginWord; critical?: boolean; reason?: string } & PluginNews;
type PluginNews = { note?: string; generation?: number; faults?: number };
type PluginWord = 'active' | 'failed' | 'stopped' | 'disabled' | 'quarantined';
/** In start order. */
export type PluginsAnswer = { plugins: PluginStatus[] };

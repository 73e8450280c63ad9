// dispatch/wire, as it is since 0.1.0
// Made by DISPATCH_API=write npm test -- tests/api; docs/decisions/011-what-is-promised.md says what may change when.
/// <reference types="node" />

/** Who a chunk speaks for. */
type Role = 'system' | 'user' | 'assistant' | 'tool';
/** `active` while a turn runs, `queued` while it waits for a provider, `closed` until reopened. */
type ConversationStatus = 'active' | 'queued' | 'idle' | 'closed';
/** How hard a model should think; providers with fewer levels get the nearest one. */
type ReasoningEffort = 'low' | 'medium' | 'high' | 'xhigh' | 'max';
type TextChunk = {
    type: 'text';
    text: string;
};
type ThinkingChunk = {
    type: 'thinking';
    text: string;
};
/** `input` is any JSON value: what the model asked for, parsed. */
type ToolCallChunk = {
    type: 'tool-call';
    toolCallId: string;
    toolName: string;
    input: unknown;
    stepId?: string;
};
type Result = {
    toolCallId: string;
    toolName: string;
    content: string;
    isError: boolean;
};
type ToolResultChunk = {
    type: 'tool-result';
    stepId?: string;
} & Result;
type ErrorChunk = {
    type: 'error';
    message: string;
    code?: string;
};
type SystemChunk = {
    type: 'system';
    text: string;
};
/** `url` is a `data:` or `http(s):` address. */
type ImageChunk = {
    type: 'image';
    url: string;
    mimeType?: string;
};
/** One ordered piece of a message: the unit that is stored and rendered. */
type Chunk = TextChunk | ThinkingChunk | ToolCallChunk | ToolResultChunk | ErrorChunk | SystemChunk | ImageChunk;
/** A chunk in the log. `seq` starts at 1 in each conversation and has no gaps. */
type StoredChunk = {
    seq: number;
    role: Role;
    chunk: Chunk;
};
/** Token counts. `inputTokens` is the whole prompt, its cached part included. */
type Usage = {
    inputTokens: number;
    outputTokens: number;
    cacheReadTokens?: number;
    cacheWriteTokens?: number;
};
/** Times are epoch milliseconds. */
type ConversationMeta = {
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
type StepMetrics = {
    stepId: string;
    usage: Usage;
    ttftMs?: number;
    decodeMs?: number;
    genTotalMs?: number;
};
/** Figures of one sealed turn; `contextSize` is input plus output tokens of the last step. */
type TurnMetrics = {
    turnId: string;
    usage: Usage;
    durationMs?: number;
    steps: StepMetrics[];
    contextSize?: number;
};
/** `id`: 1 to 40 of `a-z`, `0-9`, `-`. */
type Workspace = {
    id: string;
    title: string;
    defaultCwd: string | null;
    createdAt: number;
    lastActivityAt: number;
};
/** A message typed while a turn runs, waiting to be handed to the model. `queuedAt` is epoch milliseconds. */
type QueuedMessage = {
    id: string;
    text: string;
    queuedAt: number;
};

/** What every event of a turn carries. */
type In = {
    conversationId: string;
    turnId: string;
};
type Problem = {
    message: string;
    code?: string;
};
/** The conversation's life changed. The only event without a turn. */
type StatusEvent = {
    type: 'status';
    conversationId: string;
    status: ConversationStatus;
};
/** First event of a turn: the prompt, so that a mere watcher sees it. */
type UserMessageEvent = In & {
    type: 'user-message';
    text: string;
};
type TurnStartEvent = In & {
    type: 'turn-start';
};
type TextDeltaEvent = In & {
    type: 'text-delta';
    delta: string;
};
type ReasoningDeltaEvent = In & {
    type: 'reasoning-delta';
    delta: string;
};
/** The model asked for a tool. `stepId` is shared by all calls and results of a step, opaque to clients. */
type ToolCallEvent = In & {
    type: 'tool-call';
    stepId: string;
    toolCallId: string;
    toolName: string;
    input: unknown;
};
/** Live output of a running tool. */
type ToolOutputEvent = In & {
    type: 'tool-output';
    toolCallId: string;
    data: string;
    stream: 'stdout' | 'stderr';
};
type ToolResultEvent = In & ToolResultChunk & {
    stepId: string;
    durationMs?: number;
};
/** Tokens of one step. */
type UsageEvent = In & {
    type: 'usage';
    stepId?: string;
    usage: Usage;
};
/** Once per step. `genTotalMs = ttftMs + decodeMs` when a first token was seen. */
type StepCompleteEvent = In & {
    type: 'step-complete';
    stepId: string;
    ttftMs?: number;
    decodeMs?: number;
    genTotalMs?: number;
};
/** Queued messages were handed to the model at a tool-result boundary; all of one drain, joined. */
type SteeringEvent = In & {
    type: 'steering';
    text: string;
};
/** Sent before the wait; never stored. `discard`: forget this step's text so far. `attempt` counts from 0. */
type ProviderRetryEvent = In & Problem & {
    type: 'provider-retry';
    attempt: number;
    delayMs: number;
    discard?: boolean;
};
type ErrorEvent = In & Problem & {
    type: 'error';
};
/** Why a turn ended: one of the named reasons, or the provider's own word. */
type DoneReason = 'stop' | 'aborted' | 'error' | 'max-steps' | 'length' | (string & {});
/** `usage` is the sum of the steps, `contextSize` input plus output tokens of the last. */
type DoneEvent = In & {
    type: 'done';
    reason: DoneReason;
    durationMs?: number;
    usage?: Usage;
    contextSize?: number;
};
/** Last event of a turn: everything is stored and readable. */
type TurnSealedEvent = In & {
    type: 'turn-sealed';
};
/** What a running turn tells those who watch it. */
type TurnEvent = (UserMessageEvent | TurnStartEvent | TextDeltaEvent | ReasoningDeltaEvent | ToolCallEvent | ToolOutputEvent | ToolResultEvent) | (UsageEvent | StepCompleteEvent | SteeringEvent | ProviderRetryEvent | ErrorEvent | DoneEvent | TurnSealedEvent);
/** Everything that can stand on a line of `POST /chat` or in a `chat.delta` message. */
type ChatEvent = TurnEvent | StatusEvent;

type Action = {
    action: {
        actionId: string;
    };
};
/** One field of a surface: data, never styling. A client skips a `custom` renderer it does not know. */
type Field = ({
    kind: 'toggle';
    label: string;
    value: boolean;
} & Action)
/** `value` from 0 to 1. */
 | {
    kind: 'progress';
    label: string;
    value: number;
} | ({
    kind: 'selector';
    label: string;
    value: string;
    options: {
        value: string;
        label: string;
    }[];
} & Action)
/** The payload of its action is the number. */
 | ({
    kind: 'number';
    label: string;
    value: number;
    min?: number;
    max?: number;
    step?: number;
    unit?: string;
} & Action) | {
    kind: 'stat';
    label: string;
    value: string;
} | ({
    kind: 'button';
    label: string;
} & Action) | {
    kind: 'custom';
    rendererId: string;
    payload: unknown;
};
/** UI described as data by a plugin. */
type Surface = {
    id: string;
    region: string;
    title: string;
    fields: Field[];
};
type CatalogEntry = {
    id: string;
    region: string;
    title: string;
    scope: 'global' | 'conversation';
};
/** Payload of the known custom renderer `table`. */
type TablePayload = {
    columns: string[];
    rows: (string | number | boolean)[][];
};

/** What answers about one conversation carry. */
type Of$1 = {
    conversationId: string;
};
/** Body of every answer that is not a success: what is wrong and what would be right. */
type ErrorBody = {
    error: string;
    code?: string;
    details?: unknown;
};
type Health = {
    ok: true;
} | {
    ok: false;
    error: string;
};
/** `contextWindow` in tokens. */
type ModelInfo = {
    contextWindow?: number;
    vision?: boolean;
};
/** Names are `<credential>/<model>`. */
type ModelsAnswer = {
    models: string[];
    modelInfo?: Record<string, ModelInfo>;
};
type ChatImage = {
    url: string;
    mimeType?: string;
};
/** For this turn; what is left out, the conversation or the server says. */
type ChatSettings = {
    model?: string;
    cwd?: string;
    reasoningEffort?: ReasoningEffort;
    workspaceId?: string;
};
/** Body of `POST /chat` and of the socket's `chat.send`. */
type ChatRequest = Partial<Of$1> & {
    message: string;
    images?: ChatImage[];
} & ChatSettings;
type WarmRequest = Of$1 & {
    model?: string;
    cwd?: string;
};
/** Percentages are 0 to 100, rounded. */
type WarmAnswer = Required<Usage> & {
    cachePct: number;
    expectedCacheRate: number;
};
/** Body of `POST /conversations/:id/queue`. */
type QueueRequest = {
    text: string;
    workspaceId?: string;
};
type QueueEditRequest = {
    text: string;
};
type QueueListAnswer = Of$1 & {
    queue: QueuedMessage[];
};
type QueueAnswer = Of$1 & {
    startedTurn: boolean;
    queue: QueuedMessage[];
};
type CancelAnswer = Of$1 & {
    cancelled: boolean;
    queue: QueuedMessage[];
};
type AbortAnswer = Of$1 & {
    abortedTurn: boolean;
};
type OpenAnswer = Of$1;
/** `q`: beginning of the id. `status`: words with commas between them; unknown ones are ignored. */
type ConversationsQuery = {
    q?: string;
    status?: string;
    workspaceId?: string;
    limit?: number;
    cursor?: string;
};
/** With a `limit`: `cursor` asks for what follows, where there is more. */
type ConversationsAnswer = {
    conversations: ConversationMeta[];
    cursor?: string;
};
/** One text in which all was found, and where in its log. `at`: beginning of its turn, epoch ms; none for a summary. */
type Found = Of$1 & {
    title: string;
    workspaceId: string;
    seq: number;
    role: Role;
    at?: number;
};
/** `snippet`: plain text on one line; `marks`: what was found in it, `[start, end)` in UTF-16 code units, ascending. */
type SearchHit = Found & {
    snippet: string;
    marks: [start: number, end: number][];
};
/** Newest first. `cursor`: there may be more. `indexing`: some of what was stored is not searched yet. */
type SearchAnswer = {
    hits: SearchHit[];
    cursor?: string;
    indexing?: true;
};
/** Selects `sinceSeq < seq < beforeSeq`, of that the newest `limit`. */
type HistoryQuery = {
    sinceSeq?: number;
    beforeSeq?: number;
    limit?: number;
};
/** `latestSeq`: last seq returned, or `sinceSeq` (or 0) when nothing is. */
type HistoryAnswer = {
    chunks: StoredChunk[];
    latestSeq: number;
    epoch: number;
};
type StatusAnswer = Of$1 & {
    isActive: boolean;
    status: ConversationStatus;
};
type LastQuery = {
    timeoutMs?: number;
};
/** `content`: the last assistant text, empty if there is none. */
type LastAnswer = Of$1 & {
    content: string;
    turnId?: string;
    settled: boolean;
};
type MetricsAnswer = {
    turns: TurnMetrics[];
};
/** A relative `cwd` starts at the workspace's directory. */
type CwdRequest = {
    cwd: string;
    workspaceId?: string;
};
type CwdAnswer = Of$1 & {
    cwd: string | null;
};
type ModelRequest = {
    model: string | null;
};
type ModelAnswer = Of$1 & {
    model: string | null;
};
type EffortRequest = {
    reasoningEffort: ReasoningEffort | null;
};
type EffortAnswer = Of$1 & {
    reasoningEffort: ReasoningEffort | null;
};
/** Of a conversation or a workspace. */
type TitleRequest = {
    title: string;
};
type TitleAnswer = Of$1 & {
    title: string;
};
type CompactRequest = {
    keepLastN?: number;
    modelName?: string;
};
type CompactAnswer = Of$1 & {
    newConversationId: string;
    messagesSummarized: number;
    messagesKept: number;
};
/** One of the two. */
type CompactPercentRequest = {
    threshold?: number;
    percent?: number;
};
/** A percentage 0 to 100 of the context window; 0 = manual only. */
type CompactPercentAnswer = Of$1 & {
    threshold: number;
};
/** `configSource`: the file that asks for the server. */
type Server = {
    id: string;
    error?: string;
    configSource?: string;
};
type LspState = 'connected' | 'starting' | 'error' | 'not-started';
type LspServerStatus = Server & {
    name: string;
    root: string;
    extensions: string[];
    state: LspState;
};
type LspAnswer = Of$1 & {
    cwd: string;
    servers: LspServerStatus[];
};
type McpState = 'connecting' | 'connected' | 'error' | 'disconnected';
type McpServerStatus = Server & {
    state: McpState;
    toolCount: number;
};
type McpAnswer = Of$1 & {
    cwd: string;
    servers: McpServerStatus[];
};
type WorkspaceRequest = {
    title?: string;
    defaultCwd?: string | null;
};
type DefaultCwdRequest = {
    defaultCwd: string | null;
};
type WorkspacesAnswer = {
    workspaces: (Workspace & {
        conversationCount: number;
    })[];
};
type WorkspaceDeleted = {
    workspaceId: string;
    closedCount: number;
};
type SystemPromptAnswer = {
    template: string;
};
type PreviewRequest = {
    template: string;
    conversationId?: string;
    cwd?: string;
};
type PreviewAnswer = {
    text: string;
};
type SystemPromptVariables = {
    variables: {
        type: string;
        name: string;
        description: string;
        dynamic?: boolean;
    }[];
};
type Period = 'day' | 'week' | 'month';
/** `date` is `YYYY-MM-DD`, for a month `YYYY-MM`; today's when there is none. */
type ThroughputQuery = {
    period?: Period;
    date?: string;
};
type ModelThroughput = {
    model: string;
    tokensPerSecond: number;
    totalOutputTokens: number;
    totalGenMs: number;
    turns: number;
};
/** `[start, end)` in epoch milliseconds. */
type ThroughputAnswer = {
    period: Period;
    date: string;
    start: number;
    end: number;
    models: ModelThroughput[];
};
type SurfacesAnswer = {
    catalog: CatalogEntry[];
};
type SurfaceQuery = Partial<Of$1>;
type SurfaceAnswer = Surface;
/** What the payload must be, the action says. */
type ActionRequest = Partial<Of$1> & {
    payload?: unknown;
};
/**
 * State of one plugin, as `GET /plugins` shows it. `critical`: what it guards is refused while it is down. `reason`: why it
 * is not active. `note`: what else its owner should know, such as why a newer generation was refused. `generation`: which
 * start this is, from the second on. `faults`: how often it has failed since. `loadMs`: milliseconds it took to load,
 * build and start. `source`: folder or file it came from.
 */
type PluginStatus = PluginState & {
    provides: string[];
    needs: string[];
    loadMs?: number;
    source?: string;
};
type PluginState = {
    id: string;
    version?: string;
    state: PluginWord;
    critical?: boolean;
    reason?: string;
} & PluginNews;
type PluginNews = {
    note?: string;
    generation?: number;
    faults?: number;
};
type PluginWord = 'active' | 'failed' | 'stopped' | 'disabled' | 'quarantined';
/** In start order. */
type PluginsAnswer = {
    plugins: PluginStatus[];
};

type Of = {
    conversationId: string;
};
type OfSurface = {
    surfaceId: string;
    conversationId?: string;
};
/** What a client may send: one JSON object a text frame. */
type ClientMessage = ({
    type: 'chat.send';
} & ChatRequest) | ({
    type: 'chat.subscribe' | 'chat.unsubscribe';
} & Of) | ({
    type: 'chat.queue';
    text: string;
    workspaceId?: string;
} & Of) | ({
    type: 'chat.queue.cancel';
    messageId: string;
} & Of) | ({
    type: 'subscribe' | 'unsubscribe';
} & OfSurface) | ({
    type: 'invoke';
    actionId: string;
    payload?: unknown;
} & OfSurface);
type Members<M, T> = M extends {
    type: infer U;
} ? (T extends U ? Omit<M, 'type'> : never) : never;
/** What a client's message of that type has beside the type. */
type MembersOf<T extends ClientMessage['type']> = Members<ClientMessage, T>;
/** Sent to every socket, whatever it subscribed to. */
type Broadcast = ({
    type: 'conversation.open';
    workspaceId: string;
} & Of) | ({
    type: 'conversation.statusChanged';
    status: ConversationStatus;
    workspaceId: string;
} & Of) | ({
    type: 'conversation.compacted';
} & CompactAnswer);
/** Sent to every socket when a plugin came, went, or changed its state. */
type PluginChanged = {
    type: 'plugin.changed';
    plugin: PluginStatus;
};
/** What the server may send. `chat.error` is transport-level only; errors inside a turn are events. */
type ServerMessage = {
    type: 'chat.delta';
    event: ChatEvent;
} | {
    type: 'chat.error';
    conversationId?: string;
    message: string;
} | {
    type: 'surface';
    spec: Surface;
    conversationId?: string;
} | {
    type: 'update';
    update: OfSurface & {
        spec: Surface;
    };
} | {
    type: 'error';
    surfaceId?: string;
    message: string;
} | {
    type: 'catalog';
    catalog: CatalogEntry[];
} | PluginChanged | Broadcast;

export type { AbortAnswer, ActionRequest, Broadcast, CancelAnswer, CatalogEntry, ChatEvent, ChatImage, ChatRequest, Chunk, ClientMessage, CompactAnswer, CompactPercentAnswer, CompactPercentRequest, CompactRequest, ConversationMeta, ConversationStatus, ConversationsAnswer, ConversationsQuery, CwdAnswer, CwdRequest, DefaultCwdRequest, DoneEvent, DoneReason, EffortAnswer, EffortRequest, ErrorBody, ErrorChunk, ErrorEvent, Field, Health, HistoryAnswer, HistoryQuery, ImageChunk, LastAnswer, LastQuery, LspAnswer, LspServerStatus, McpAnswer, McpServerStatus, MembersOf, MetricsAnswer, ModelAnswer, ModelInfo, ModelRequest, ModelsAnswer, OpenAnswer, PluginChanged, PluginStatus, PluginsAnswer, PreviewAnswer, PreviewRequest, ProviderRetryEvent, QueueAnswer, QueueEditRequest, QueueListAnswer, QueueRequest, QueuedMessage, ReasoningDeltaEvent, ReasoningEffort, Role, SearchAnswer, SearchHit, ServerMessage, StatusAnswer, StatusEvent, SteeringEvent, StepCompleteEvent, StepMetrics, StoredChunk, Surface, SurfaceAnswer, SurfaceQuery, SurfacesAnswer, SystemChunk, SystemPromptAnswer, SystemPromptVariables, TablePayload, TextChunk, TextDeltaEvent, ThinkingChunk, ThroughputAnswer, ThroughputQuery, TitleAnswer, TitleRequest, ToolCallChunk, ToolCallEvent, ToolOutputEvent, ToolResultChunk, ToolResultEvent, TurnEvent, TurnMetrics, TurnSealedEvent, TurnStartEvent, Usage, UsageEvent, UserMessageEvent, WarmAnswer, WarmRequest, Workspace, WorkspaceDeleted, WorkspaceRequest, WorkspacesAnswer };

import { type Message, type Service, type Slot, service, slot } from 'dispatch/kernel';
import type {
  ChatImage,
  ConversationMeta,
  ConversationStatus,
  HistoryAnswer,
  ReasoningEffort,
  TurnEvent,
  TurnMetrics,
} from 'dispatch/wire';

/** What a user may set on a conversation; null is «not set here». */
export interface ConversationSettings {
  /** Null until there is a first text, whose start it then is. */
  title: string | null;
  cwd: string | null;
  /** `<credential>/<model>` */
  model: string | null;
  reasoningEffort: ReasoningEffort | null;
  /** Percent of the context window at which history is compacted; 0 = never by itself. */
  compactPercent: number | null;
}

/**
 * What a client may choose as a conversation's id: 1 to 200 characters, none of them a control character; not `.` and
 * `..`, which no address can name.
 */
export const conversationIdPattern = /^(?!\.{1,2}$)[^\p{Cc}\p{Cs}]{1,200}$/u;

/** A conversation as the next turn needs it. Also answered for an id the server has never seen. */
export interface ConversationState extends ConversationSettings {
  id: string;
  /** Whether it is in the lists: a settings change alone does not put it there. */
  known: boolean;
  status: ConversationStatus;
  workspaceId: string;
  /** Working directory of its workspace, where it has one. */
  workspaceCwd: string | null;
}

export interface HistoryWindow {
  /** Exclusive; at least 0. */
  sinceSeq?: number;
  /** Exclusive; at least 1. */
  beforeSeq?: number;
  /** Keeps the newest of the selection; at least 1. */
  limit?: number;
}

export interface ConversationFilter {
  idPrefix?: string;
  statuses?: readonly ConversationStatus[];
  workspaceId?: string;
}

/** A part of the list; without a limit all of what is left. */
export interface ConversationPageQuery extends ConversationFilter {
  /** At least 1. */
  limit?: number;
  /** Of the page before, as it was. */
  cursor?: string;
}

export interface ConversationPage {
  conversations: ConversationMeta[];
  /** Where the next page begins; absent when nothing is left. */
  cursor?: string;
}

/** What opens a turn; stored in one commit. */
export interface TurnOpening {
  conversationId: string;
  turnId: string;
  text: string;
  images?: readonly ChatImage[];
  /** A new conversation joins this workspace, which is made if it is missing; an existing one stays where it is. */
  workspaceId?: string;
  /** Becomes the conversation's own. */
  model?: string;
  /** Absolute path; becomes the conversation's own. */
  cwd?: string;
  /** Epoch milliseconds. */
  at: number;
}

/** A turn being written down. What is stored is the fold of its events, so it cannot differ from what was shown. */
export interface OpenTurn {
  /** Resolves once the prompt is on the disk; rejects with a `StorageError`, and then the turn has never been. */
  readonly stored: Promise<void>;
  /**
   * Takes each event in order, before it is shown. Where the answer is a promise the event may be shown only once it
   * has resolved (the event is then on the disk); it rejects with a `StorageError`. The running step's partial text is
   * saved by itself, at least once a second.
   */
  record(event: TurnEvent): Promise<void> | undefined;
  /** Writes what is left and the figures; resolves when all of it is readable. `status` is the conversation's next. */
  seal(status: 'idle' | 'active' | 'closed'): Promise<void>;
}

/** A message of the raw log. */
export interface LoggedMessage extends Message {
  /** Where in the log it begins. */
  readonly seq: number;
}

/** The raw log, message by message, as it was at one moment. */
export interface ConversationLog {
  readonly epoch: number;
  /** 0 when the log is empty. */
  readonly latestSeq: number;
  readonly messages: readonly LoggedMessage[];
}

/** How a history becomes a shorter one. */
export interface Compaction {
  conversationId: string;
  /** New id under which the whole old history lives on with its figures, closed. */
  archiveId: string;
  /** The log that was looked at. */
  of: Pick<ConversationLog, 'epoch' | 'latestSeq'>;
  /** Where the first message begins that is kept. */
  keepFrom: number;
  /** Stands before it, as said by the user. */
  summary: string;
}

/** Conversations and their append-only logs. */
export interface Conversations {
  /** Undefined when the server has never seen a message for this id. */
  find(id: string): Promise<ConversationMeta | undefined>;
  /** Newest activity first. */
  list(filter: ConversationFilter): Promise<ConversationMeta[]>;
  /** The same in parts. A conversation that is new, or becomes active, stands before all of them and moves none. */
  page(query: ConversationPageQuery): Promise<ConversationPage>;
  state(id: string, workspaceId?: string): Promise<ConversationState>;
  /** `workspaceId`: which workspace it joins with its first message; one that has had it stays where it is. */
  change(id: string, settings: Partial<ConversationSettings>, workspaceId?: string): Promise<void>;
  setStatus(id: string, status: ConversationStatus): Promise<void>;
  /** The raw log, the running turn's stored part included. */
  history(id: string, window: HistoryWindow): Promise<HistoryAnswer>;
  metrics(id: string): Promise<TurnMetrics[]>;
  /** The last assistant text; empty if there is none. */
  lastText(id: string): Promise<string>;
  /** The log as messages a model may be shown: repaired, so that any provider accepts it. */
  messages(id: string): Promise<readonly Message[]>;
  /** Resolves once the prompt has its place in the log: `messages` has it, and events may be recorded behind it. */
  openTurn(opening: TurnOpening): Promise<OpenTurn>;
  /** The raw log with its messages told apart. Undefined when the server has never seen a message for this id. */
  log(id: string): Promise<ConversationLog | undefined>;
  /**
   * Puts a summary in the place of everything before `keepFrom`, in one commit: the numbers start again at 1, the epoch
   * rises. Answers false, and changes nothing, when the log is not the one that was looked at any more, or a turn is open.
   */
  compact(compaction: Compaction): Promise<boolean>;
  /** How many conversations the lists have of each workspace; those without any are missing. */
  countByWorkspace(): Promise<ReadonlyMap<string, number>>;
  /**
   * Moves every conversation of a workspace to another, which exists, and removes it, in one commit. Only if all of
   * them are closed: otherwise nothing changes, and the answer is the ids of those that are not.
   */
  dissolveWorkspace(workspaceId: string, into: string): Promise<string[]>;
  /** A workspace was changed by whoever owns workspaces: what is remembered of it is asked for again. */
  workspaceChanged(id: string): void;
  /** Seals every turn that a crash left open; answers the conversations concerned. Called once, before any turn. */
  recover(): Promise<string[]>;
}
export const Conversations: Service<Conversations> = service<Conversations>('dispatch.conversations');

/** Completes what clients are shown of a log: where it only names something, this puts the thing itself. */
export interface HistoryReader {
  /** `host`: how the client addresses this server. */
  shown(answer: HistoryAnswer, host: string): HistoryAnswer | Promise<HistoryAnswer>;
}
export const HistoryReaders: Slot<HistoryReader> = slot<HistoryReader>('dispatch.history-reader[]');

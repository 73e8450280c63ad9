import { setImmediate as endOfTick } from 'node:timers/promises';
import type { Clock } from 'dispatch/kernel';
import type { TurnEvent } from 'dispatch/wire';
import type { Database } from '../storage-sqlite/contract.js';
import type { OpenTurn } from './contract.js';
import { numbered } from './conversation-log.js';
import type { ConversationRows } from './conversation-rows.js';
import type { Drafting, DraftKeeper } from './draft-keeper.js';
import type { Known } from './known.js';
import type { MessageCache, StoredRow } from './message-cache.js';
import { TurnFold } from './turn-fold.js';
import { type Writing, writeTurnStatement, writeTurnValues } from './turn-statements.js';

type Next = 'idle' | 'active' | 'closed';

/** One write of a turn. */
interface Batch {
  row: Known;
  stored: StoredRow[];
  /** What the conversation becomes, when this write ends the turn. */
  sealed: Pick<Known, 'status' | 'lastActivityAt'> | undefined;
  writing: Writing;
  sentBefore: number;
  stepsBefore: number;
}

/** What a turn needs of the store it is written into. */
export interface TurnHome {
  readonly database: Database;
  readonly clock: Clock;
  readonly rows: ConversationRows;
  readonly cache: MessageCache;
  readonly drafts: DraftKeeper;
  /** The disk refused to seal this turn: it has to be tried again. */
  unsealed(writer: TurnWriter): void;
  sealed(writer: TurnWriter): void;
}

/** Writes one turn down. After a refused write everything not on the disk is still here, and goes with the next one. */
export class TurnWriter implements OpenTurn, Drafting {
  readonly #fold = new TurnFold();
  #resting = false;
  /** Rows of the fold that are in the log, or in the transaction that is running. */
  #sent = 0;
  #stepsSent = 0;
  /** Something the draft on the disk does not have. */
  #dirty = false;
  #draftStored = false;
  /** A write that waits and will take along whatever comes until it runs. */
  #queued: Promise<void> | undefined;
  #ending: Promise<void> | undefined;
  #over = false;

  constructor(
    private readonly home: TurnHome,
    readonly conversationId: string,
    private readonly turnKey: number,
    readonly stored: Promise<void>,
  ) {
    stored.catch(() => undefined); // whoever opened the turn is told
  }

  record(event: TurnEvent): Promise<void> | undefined {
    const effect = this.#fold.take(event);
    if (effect === 'nothing') return undefined;
    this.#dirty = true;
    if (effect === 'durable') return this.#save();
    if (!this.#resting) this.home.drafts.add(this);
    return undefined;
  }

  /** May be called again after it failed, and does nothing once it has not. */
  seal(status: Next): Promise<void> {
    if (this.#over) return Promise.resolve();
    this.#ending ??= this.#seal(status).finally(() => {
      this.#ending = undefined;
    });
    return this.#ending;
  }

  /** Saves nothing by itself any more. */
  rest(): void {
    this.#resting = true;
    this.home.drafts.remove(this);
  }

  async #seal(status: Next): Promise<void> {
    this.rest();
    this.#fold.finish();
    try {
      await this.#write(status);
    } catch (thrown) {
      this.home.unsealed(this);
      throw thrown;
    }
    this.#over = true;
    this.home.sealed(this);
  }

  /** A failure here is no event's: the text stays, and the next event that has to be durable tells. */
  async saveDraft(): Promise<boolean> {
    if (this.#dirty && !this.#resting) await this.#save().catch(() => undefined);
    return this.#dirty && !this.#resting;
  }

  #save(): Promise<void> {
    if (this.#queued) return this.#queued;
    const queued = this.#soon().finally(() => {
      if (this.#queued === queued) this.#queued = undefined;
    });
    this.#queued = queued;
    return queued;
  }

  /** At the end of the tick: the last step's end and the seal come in one breath, and then are one write. */
  async #soon(): Promise<void> {
    await endOfTick();
    if (this.#ending) return this.#ending;
    return this.#write();
  }

  async #write(status?: Next): Promise<void> {
    const { database, rows, cache } = this.home;
    await rows.withTail(database, this.conversationId);
    let batch: Batch | undefined;
    try {
      await database.statement(writeTurnStatement, () => {
        this.#queued = undefined;
        batch = this.#batch(status);
        return writeTurnValues(batch.writing);
      });
    } catch (thrown) {
      this.#sent = Math.min(this.#sent, batch?.sentBefore ?? this.#sent);
      this.#stepsSent = Math.min(this.#stepsSent, batch?.stepsBefore ?? this.#stepsSent);
      this.#dirty = true;
      this.#draftStored = true; // it may be there: taking away one that is not does no harm
      rows.forget(this.conversationId);
      throw thrown;
    }
    if (!batch) return;
    cache.append(this.conversationId, batch.stored);
    if (batch.sealed) Object.assign(batch.row, batch.sealed);
  }

  /** Everything the disk does not have yet; events that come while it writes wait for the next time. */
  #batch(status: Next | undefined): Batch {
    const row = this.home.rows.cached(this.conversationId);
    if (!row) throw new Error(`the conversation "${this.conversationId}" is gone while a turn of it runs`);
    const sentBefore = this.#sent;
    const stepsBefore = this.#stepsSent;
    const { stored, log } = numbered(row, this.#fold.rows.slice(sentBefore));
    const draft = this.#fold.draft();
    const body = this.#dirty && draft ? JSON.stringify(draft) : null;
    const dropDraft = this.#draftStored && draft === undefined ? 1 : 0;
    const steps = this.#fold.figures.steps();
    const sealed = status && this.#sealing(row, status);
    this.#dirty = false;
    this.#sent += stored.length;
    this.#stepsSent = steps.length;
    if (body !== null || dropDraft) this.#draftStored = body !== null;
    const figures = sealed ? this.#fold.figures.finished('error') : undefined;
    const writing: Writing = {
      conversation: row.key,
      turn: this.turnKey,
      log,
      draft: body,
      dropDraft,
      steps: steps.length > stepsBefore ? JSON.stringify(steps) : null,
      sealedAt: sealed?.lastActivityAt ?? null,
      reason: figures?.reason ?? null,
      usage: figures ? JSON.stringify(figures.usage) : null,
      durationMs: figures?.durationMs ?? null,
      contextSize: figures?.contextSize ?? null,
      status: sealed?.status ?? null,
    };
    return { row, stored, sealed, writing, sentBefore, stepsBefore };
  }

  /** What the conversation becomes; a settling turn never reopens what was closed. */
  #sealing(row: Known, status: Next): Pick<Known, 'status' | 'lastActivityAt'> {
    return { status: row.status === 'closed' ? 'closed' : status, lastActivityAt: this.home.clock.now() };
  }
}

import type { Clock } from 'dispatch/kernel';
import type { TurnEvent } from 'dispatch/wire';
import type { EntityManager } from 'typeorm';
import type { Database } from '../storage-sqlite/contract.js';
import type { OpenTurn } from './contract.js';
import { appendRows } from './conversation-log.js';
import type { ConversationRows, Known } from './conversation-rows.js';
import type { MessageCache, StoredRow } from './message-cache.js';
import { TurnFold } from './turn-fold.js';

/** How long the running step's text may be in memory only. */
const draftEveryMs = 500;

/** What a turn needs of the store it is written into. */
export interface TurnHome {
  readonly database: Database;
  readonly clock: Clock;
  readonly rows: ConversationRows;
  readonly cache: MessageCache;
  /** The disk refused to seal this turn: it has to be tried again. */
  unsealed(writer: TurnWriter): void;
  sealed(writer: TurnWriter): void;
}

/** Writes one turn down. After a refused write everything not on the disk is still here, and goes with the next one. */
export class TurnWriter implements OpenTurn {
  readonly #fold = new TurnFold();
  /** Ends the wait before the next save of the draft. */
  #wake = () => {};
  #resting = false;
  /** Rows of the fold that are in the log, or in the transaction that is running. */
  #sent = 0;
  #stepsSent = 0;
  /** Something the draft on the disk does not have. */
  #dirty = false;
  #draftStored = false;
  #saving = false;
  /** A write that waits and will take along whatever comes until it runs. */
  #queued: Promise<void> | undefined;
  #sealing: Promise<void> | undefined;
  #over = false;

  constructor(
    private readonly home: TurnHome,
    readonly conversationId: string,
    private readonly turnKey: number,
  ) {}

  record(event: TurnEvent): Promise<void> | undefined {
    const effect = this.#fold.take(event);
    if (effect === 'nothing') return undefined;
    this.#dirty = true;
    if (effect === 'durable') return this.#save();
    if (!this.#saving) void this.#saveInTime();
    return undefined;
  }

  /** May be called again after it failed, and does nothing once it has not. */
  seal(status: 'idle' | 'active'): Promise<void> {
    if (this.#over) return Promise.resolve();
    this.#sealing ??= this.#seal(status).finally(() => {
      this.#sealing = undefined;
    });
    return this.#sealing;
  }

  /** Saves nothing by itself any more. */
  rest(): void {
    this.#resting = true;
    this.#wake();
  }

  async #seal(status: 'idle' | 'active'): Promise<void> {
    this.rest();
    this.#fold.finish();
    try {
      await this.#write((manager, row) => this.#close(manager, row, status));
    } catch (thrown) {
      this.home.unsealed(this);
      throw thrown;
    }
    this.#over = true;
    this.home.sealed(this);
  }

  /** A failure here is no event's: the text stays, and the next event that has to be durable tells. */
  async #saveInTime(): Promise<void> {
    this.#saving = true;
    while (this.#dirty && !this.#resting) {
      const waiting = new AbortController();
      this.#wake = () => waiting.abort();
      await this.home.clock.sleep(draftEveryMs, waiting.signal);
      if (this.#dirty && !this.#resting) await this.#save().catch(() => undefined);
    }
    this.#saving = false;
  }

  #save(): Promise<void> {
    if (this.#queued) return this.#queued;
    const queued = this.#write(async () => undefined).finally(() => {
      if (this.#queued === queued) this.#queued = undefined;
    });
    this.#queued = queued;
    return queued;
  }

  async #write(more: (manager: EntityManager, row: Known) => Promise<void>): Promise<void> {
    const { database, rows, cache } = this.home;
    let before: { sent: number; steps: number } | undefined;
    try {
      const stored = await database.write(async (manager) => {
        this.#queued = undefined;
        before = { sent: this.#sent, steps: this.#stepsSent };
        const row = await rows.get(manager, this.conversationId);
        if (!row) throw new Error(`the conversation "${this.conversationId}" is gone while a turn of it runs`);
        const fresh = await this.#flush(manager, row);
        await more(manager, row);
        return fresh;
      });
      cache.append(this.conversationId, stored);
    } catch (thrown) {
      if (before) this.#sent = Math.min(this.#sent, before.sent);
      if (before) this.#stepsSent = Math.min(this.#stepsSent, before.steps);
      this.#dirty = true;
      this.#draftStored = true; // it may be there: taking away one that is not does no harm
      rows.forget(this.conversationId);
      throw thrown;
    }
  }

  /** Brings the disk to where the fold is now; events that come while it writes wait for the next time. */
  async #flush(manager: EntityManager, row: Known): Promise<StoredRow[]> {
    const fresh = this.#fold.rows.slice(this.#sent);
    const draft = this.#dirty ? this.#fold.draft() : undefined;
    const body = draft && JSON.stringify(draft);
    const drop = this.#draftStored && this.#fold.draft() === undefined;
    const steps = this.#fold.figures.steps();
    this.#dirty = false;
    this.#sent += fresh.length;
    const from = this.#sent - fresh.length;
    try {
      const stored = fresh.length > 0 ? await appendRows(manager, row, this.turnKey, fresh) : [];
      if (body) await manager.query('INSERT OR REPLACE INTO draft (turn, body) VALUES (?, ?)', [this.turnKey, body]);
      if (drop) await manager.query('DELETE FROM draft WHERE turn = ?', [this.turnKey]);
      if (body || drop) this.#draftStored = body !== undefined;
      if (steps.length > this.#stepsSent) {
        await manager.query('UPDATE turn SET steps = ? WHERE key = ?', [JSON.stringify(steps), this.turnKey]);
        this.#stepsSent = steps.length;
      }
      return stored;
    } catch (thrown) {
      this.#sent = from; // the next write of a shared commit goes on from here
      row.tail = undefined;
      throw thrown;
    }
  }

  async #close(manager: EntityManager, row: Known, status: 'idle' | 'active'): Promise<void> {
    const { reason, usage, steps, durationMs = null, contextSize = null } = this.#fold.figures.finished('error');
    const now = this.home.clock.now();
    await manager.query('UPDATE turn SET sealedAt = ?, reason = ?, usage = ?, steps = ?, durationMs = ?, contextSize = ? WHERE key = ?', [
      now,
      reason,
      JSON.stringify(usage),
      JSON.stringify(steps),
      durationMs,
      contextSize,
      this.turnKey,
    ]);
    const next = row.status === 'closed' ? 'closed' : status; // a settling turn never reopens what was closed
    await manager.query('UPDATE conversation SET status = ?, lastActivityAt = ? WHERE key = ?', [next, now, row.key]);
    Object.assign(row, { status: next, lastActivityAt: now });
  }
}

import { Clock, inject, type Message, plugin } from 'dispatch/kernel';
import type { ConversationMeta, ConversationStatus, HistoryAnswer, TurnMetrics } from 'dispatch/wire';
import type { EntityManager } from 'typeorm';
import { Database } from '../storage-sqlite/contract.js';
import { compactHistory, loggedMessages } from './compact-history.js';
import {
  type Compaction,
  type ConversationFilter,
  type ConversationLog,
  type ConversationPage,
  type ConversationPageQuery,
  type ConversationSettings,
  type ConversationState,
  Conversations,
  type HistoryWindow,
  type OpenTurn,
  type TurnOpening,
} from './contract.js';
import { readLastText, readLog, readWindow } from './conversation-log.js';
import { ConversationRows } from './conversation-rows.js';
import { dissolveWorkspace } from './dissolve-workspace.js';
import { DraftKeeper } from './draft-keeper.js';
import type { Known } from './known.js';
import { countRows, metaOf, readMetrics, readPage } from './listing.js';
import { MessageCache, type StoredRow } from './message-cache.js';
import { insertConversation, insertWorkspace, type OpeningWrite, openingOf, updateConversation } from './open-turn.js';
import { isTorn, sealTorn } from './recover.js';
import { openTurnStatement } from './turn-statements.js';
import { type TurnHome, TurnWriter } from './turn-writer.js';

const sealAgainMs = 2000;

/** Conversations in the database, the recent ones also in memory. */
@plugin({ id: 'conversation-store', version: '0.1.0', provides: Conversations })
export class ConversationStore implements Conversations {
  readonly #rows = new ConversationRows();
  readonly #cache = new MessageCache();
  readonly #stopped = new AbortController();
  readonly #open = new Set<TurnWriter>();
  /** Turns the disk would not let end, by conversation. */
  readonly #unsealed = new Map<string, TurnWriter>();
  /** Compactions being written, by conversation: memory knows what the disk does not have yet, so readers wait. */
  readonly #compacting = new Map<string, Promise<unknown>>();
  /** Prompts on their way to the disk, by conversation: who reads the log there waits. */
  readonly #placing = new Map<string, Promise<void>>();
  /** Working directories of workspaces; null is remembered too. */
  readonly #cwds = new Map<string, string | null>();
  #cwdChanges = 0;
  readonly #home: TurnHome;

  constructor(
    @inject(Database) private readonly database: Database,
    @inject(Clock) private readonly clock: Clock,
  ) {
    this.#home = {
      database,
      clock,
      rows: this.#rows,
      cache: this.#cache,
      drafts: new DraftKeeper(clock, this.#stopped.signal),
      sealed: (writer) => {
        this.#open.delete(writer);
        this.#unsealed.delete(writer.conversationId);
      },
      unsealed: (writer) => {
        this.#open.delete(writer);
        this.#unsealed.set(writer.conversationId, writer);
        if (this.#unsealed.size === 1) void this.#sealAgain();
      },
    };
  }

  stop(): void {
    this.#stopped.abort();
    for (const writer of this.#open) writer.rest();
  }

  async find(id: string): Promise<ConversationMeta | undefined> {
    const row = await this.#row(id);
    return row?.listed ? metaOf(row) : undefined;
  }

  async list(filter: ConversationFilter): Promise<ConversationMeta[]> {
    return (await this.page(filter)).conversations;
  }

  page(query: ConversationPageQuery): Promise<ConversationPage> {
    return this.database.read((manager) => readPage(manager, query));
  }

  async state(id: string, workspaceId?: string): Promise<ConversationState> {
    const row = await this.#row(id);
    const joins = row?.listed ? row.workspaceId : (workspaceId ?? row?.workspaceId ?? 'default');
    const remembered = this.#cwds.get(joins);
    const workspaceCwd = remembered === undefined ? await this.#workspaceCwd(joins) : remembered;
    const { title = null, cwd = null, model = null, reasoningEffort = null, compactPercent = null } = row ?? {};
    return {
      id,
      known: row?.listed === 1,
      status: row?.status ?? 'idle',
      workspaceId: joins,
      workspaceCwd,
      ...{ title, cwd, model, reasoningEffort, compactPercent },
    };
  }

  workspaceChanged(id: string): void {
    this.#cwdChanges++;
    this.#cwds.delete(id);
  }

  async change(id: string, settings: Partial<ConversationSettings>, workspaceId?: string): Promise<void> {
    const names = ['title', 'cwd', 'model', 'reasoningEffort', 'compactPercent'] as const;
    const change: Partial<Known> = Object.fromEntries(
      names.flatMap((name) => (settings[name] === undefined ? [] : [[name, settings[name]]])),
    );
    if (Object.keys(change).length === 0) return;
    await this.#write(id, async (manager) => {
      const row = await this.#rows.get(manager, id);
      const at = this.clock.now();
      if (workspaceId !== undefined && !row?.listed) {
        await insertWorkspace(manager, workspaceId, at);
        change.workspaceId = workspaceId;
      }
      if (row) return updateConversation(manager, row, change);
      const fresh = { id, workspaceId: 'default', createdAt: at, listed: 0, status: 'idle' } as const;
      await insertConversation(manager, this.#rows, { ...fresh, ...change });
    });
  }

  async setStatus(id: string, status: ConversationStatus): Promise<void> {
    await this.#write(id, async (manager) => {
      const row = await this.#rows.get(manager, id);
      if (row && row.status !== status) await updateConversation(manager, row, { status });
    });
  }

  async history(id: string, window: HistoryWindow): Promise<HistoryAnswer> {
    const row = await this.#row(id);
    const chunks = row ? await this.database.read((manager) => readWindow(manager, row.key, window)) : [];
    return { chunks, latestSeq: chunks.at(-1)?.seq ?? window.sinceSeq ?? 0, epoch: row?.epoch ?? 0 };
  }

  async metrics(id: string): Promise<TurnMetrics[]> {
    const row = await this.#row(id);
    return row ? this.database.read((manager) => readMetrics(manager, row.key)) : [];
  }

  async lastText(id: string): Promise<string> {
    const row = await this.#row(id);
    return row ? this.database.read((manager) => readLastText(manager, row.key)) : '';
  }

  async messages(id: string): Promise<readonly Message[]> {
    return (await this.#row(id)) ? this.#cache.messages(id, () => this.#log(id)) : [];
  }

  async log(id: string): Promise<ConversationLog | undefined> {
    const row = await this.#row(id);
    if (!row?.listed) return undefined;
    const rows = await this.database.read((manager) => readLog(manager, row.key));
    return { epoch: row.epoch, latestSeq: rows.at(-1)?.seq ?? 0, messages: loggedMessages(rows) };
  }

  async compact(compaction: Compaction): Promise<boolean> {
    const id = compaction.conversationId;
    const writing = this.#write(id, (manager) => compactHistory(manager, this.#rows, compaction));
    const over = writing.then(
      () => this.#compacting.delete(id),
      () => this.#compacting.delete(id),
    );
    this.#compacting.set(id, over);
    try {
      return await writing;
    } finally {
      this.#cache.forget(id);
    }
  }

  async openTurn(opening: TurnOpening): Promise<OpenTurn> {
    const id = opening.conversationId;
    await this.#unsealed.get(id)?.seal('idle'); // what an earlier turn could not write comes before this one
    await this.#row(id);
    await this.#rows.withTail(this.database, id);
    if (!this.#rows.keys.areReady) await this.database.read((manager) => this.#rows.keys.ready(manager));
    const { turnKey, stored } = await this.#place(opening);
    const writer = new TurnWriter(this.#home, id, turnKey, stored);
    this.#open.add(writer);
    return writer;
  }

  /** Resolves once the prompt has its place in the log; `stored` once that is on the disk. */
  async #place(opening: TurnOpening): Promise<{ turnKey: number; stored: Promise<void> }> {
    const id = opening.conversationId;
    let placed: (write: OpeningWrite) => void = () => undefined;
    const place = new Promise<OpeningWrite>((resolve) => {
      placed = resolve;
    });
    const stored = this.database
      .statement(openTurnStatement, () => {
        const write = openingOf(this.#rows, opening);
        this.#rows.remember(Object.assign(this.#rows.cached(id) ?? write.row, write.row));
        this.#cache.append(id, write.stored);
        placed(write);
        return write.values;
      })
      .catch((thrown: unknown) => {
        this.#rows.forget(id);
        this.#cache.forget(id);
        throw thrown;
      })
      .finally(() => this.#placing.delete(id));
    this.#placing.set(id, stored);
    const { turnKey } = await Promise.race([place, stored.then(() => place)]);
    return { turnKey, stored };
  }

  async countByWorkspace(): Promise<ReadonlyMap<string, number>> {
    return new Map((await this.database.read(countRows)).map(({ workspaceId, count }) => [workspaceId, count]));
  }

  async dissolveWorkspace(workspaceId: string, into: string): Promise<string[]> {
    try {
      return await this.database.write((manager) => dissolveWorkspace(manager, this.#rows, workspaceId, into));
    } catch (thrown) {
      this.#rows.forgetAll();
      throw thrown;
    } finally {
      this.workspaceChanged(workspaceId);
    }
  }

  async recover(): Promise<string[]> {
    if (!(await this.database.read(isTorn))) return [];
    const concerned = await this.database.write((manager) => sealTorn(manager, this.clock.now()));
    this.#rows.forgetAll();
    for (const id of concerned) this.#cache.forget(id);
    return concerned;
  }

  async #workspaceCwd(id: string): Promise<string | null> {
    const changes = this.#cwdChanges;
    const [found] = await this.database.read((manager) => manager.query('SELECT defaultCwd FROM workspace WHERE id = ?', [id]));
    const cwd: string | null = found?.defaultCwd ?? null;
    if (found && changes === this.#cwdChanges) this.#cwds.set(id, cwd); // what was read before a change is not remembered
    return cwd;
  }

  #row(id: string): Promise<Known | undefined> | Known | undefined {
    if (this.#compacting.has(id)) return this.#settledRow(id);
    return this.#rows.cached(id) ?? (this.#rows.isAbsent(id) ? undefined : this.#settledRow(id));
  }

  async #settledRow(id: string): Promise<Known | undefined> {
    for (;;) {
      await this.#compacting.get(id);
      const row = await this.database.read((manager) => this.#rows.get(manager, id));
      if (!this.#compacting.has(id)) return row;
    }
  }

  async #log(id: string): Promise<StoredRow[]> {
    await this.#placing.get(id)?.catch(() => undefined);
    const row = await this.#row(id);
    return row ? this.database.read((manager) => readLog(manager, row.key)) : [];
  }

  /** A write that changes the row in memory as well: when it fails, memory forgets and asks the disk again. */
  async #write<T>(id: string, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    try {
      return await this.database.write(work);
    } catch (thrown) {
      this.#rows.forget(id);
      throw thrown;
    }
  }

  async #sealAgain(): Promise<void> {
    while (this.#unsealed.size > 0 && !this.#stopped.signal.aborted) {
      await this.clock.sleep(sealAgainMs, this.#stopped.signal);
      if (this.#stopped.signal.aborted) return;
      for (const writer of [...this.#unsealed.values()]) await writer.seal('idle').catch(() => undefined);
    }
  }
}

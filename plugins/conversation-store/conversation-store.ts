import { Clock, inject, type Message, plugin } from 'dispatch/kernel';
import type { ConversationMeta, ConversationStatus, HistoryAnswer, TurnMetrics } from 'dispatch/wire';
import type { EntityManager } from 'typeorm';
import { Database } from '../storage-sqlite/contract.js';
import {
  type ConversationFilter,
  type ConversationSettings,
  type ConversationState,
  Conversations,
  type HistoryWindow,
  type OpenTurn,
  type TurnOpening,
} from './contract.js';
import { readLastText, readLog, readWindow } from './conversation-log.js';
import { ConversationRows, type Known } from './conversation-rows.js';
import { listRows, metaOf, readMetrics } from './listing.js';
import { MessageCache } from './message-cache.js';
import { insertConversation, updateConversation, writeOpening } from './open-turn.js';
import { isTorn, sealTorn } from './recover.js';
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
    return (await this.database.read((manager) => listRows(manager, filter))).map(metaOf);
  }

  async state(id: string, workspaceId?: string): Promise<ConversationState> {
    const row = await this.#row(id);
    const joins = row?.listed ? row.workspaceId : (workspaceId ?? row?.workspaceId ?? 'default');
    const [workspace] = await this.database.read((manager) => manager.query('SELECT defaultCwd FROM workspace WHERE id = ?', [joins]));
    const { title = null, cwd = null, model = null, reasoningEffort = null, compactPercent = null } = row ?? {};
    return {
      id,
      known: row?.listed === 1,
      status: row?.status ?? 'idle',
      workspaceId: joins,
      workspaceCwd: workspace?.defaultCwd ?? null,
      ...{ title, cwd, model, reasoningEffort, compactPercent },
    };
  }

  async change(id: string, settings: Partial<ConversationSettings>): Promise<void> {
    const names = ['title', 'cwd', 'model', 'reasoningEffort', 'compactPercent'] as const;
    const change = Object.fromEntries(names.flatMap((name) => (settings[name] === undefined ? [] : [[name, settings[name]]])));
    if (Object.keys(change).length === 0) return;
    await this.#write(id, async (manager) => {
      const row = await this.#rows.get(manager, id);
      if (row) return updateConversation(manager, row, change);
      const fresh = { id, workspaceId: 'default', createdAt: this.clock.now(), listed: 0, status: 'idle' } as const;
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
    const row = await this.#row(id);
    if (!row) return [];
    return this.#cache.messages(id, () => this.database.read((manager) => readLog(manager, row.key)));
  }

  async openTurn(opening: TurnOpening): Promise<OpenTurn> {
    const id = opening.conversationId;
    await this.#unsealed.get(id)?.seal('idle'); // what an earlier turn could not write comes before this one
    const { turnKey, stored } = await this.#write(id, (manager) => writeOpening(manager, this.#rows, opening));
    this.#cache.append(id, stored);
    const writer = new TurnWriter(this.#home, id, turnKey);
    this.#open.add(writer);
    return writer;
  }

  async recover(): Promise<string[]> {
    if (!(await this.database.read(isTorn))) return [];
    const concerned = await this.database.write((manager) => sealTorn(manager, this.clock.now()));
    this.#rows.forgetAll();
    for (const id of concerned) this.#cache.forget(id);
    return concerned;
  }

  #row(id: string): Promise<Known | undefined> | Known | undefined {
    return this.#rows.cached(id) ?? this.database.read((manager) => this.#rows.get(manager, id));
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

import type { EntityManager } from 'typeorm';
import type { Database } from '../storage-sqlite/contract.js';
import { tailOf } from './conversation-log.js';
import type { Known } from './known.js';
import { RowKeys } from './row-keys.js';

const room = 2000;

/**
 * The rows of recent conversations. This process is the only writer: what is here is what the disk has, or is about
 * to have. Whoever changes a row inside a write forgets it when that write fails.
 */
export class ConversationRows {
  readonly keys = new RowKeys();
  readonly #rows = new Map<string, Known>();
  /** Ids that were looked for and are not there. */
  readonly #absent = new Set<string>();

  cached(id: string): Known | undefined {
    return this.#rows.get(id);
  }

  async get(manager: EntityManager, id: string): Promise<Known | undefined> {
    const cached = this.#rows.get(id);
    if (cached) {
      this.#rows.delete(id); // the newest use stands last
      this.#rows.set(id, cached);
      return cached;
    }
    const [row] = (await manager.query('SELECT * FROM conversation WHERE id = ?', [id])) as Known[];
    const meanwhile = this.#rows.get(id);
    if (!meanwhile && !row) this.#missing(id);
    return meanwhile ?? (row && this.remember(row));
  }

  /** The row with the end of its log, read where memory does not have it. Not inside a write. */
  async withTail(database: Pick<Database, 'read'>, id: string): Promise<Known | undefined> {
    const row = this.#rows.get(id) ?? (this.isAbsent(id) ? undefined : await database.read((manager) => this.get(manager, id)));
    if (row && !row.tail) {
      const tail = await database.read((manager) => tailOf(manager, row.key));
      row.tail ??= tail;
    }
    return row;
  }

  /** Whether it is certain that there is no such row. */
  isAbsent(id: string): boolean {
    return this.#absent.has(id);
  }

  remember(row: Known): Known {
    this.#absent.delete(row.id);
    this.#rows.set(row.id, row);
    const [oldest] = this.#rows.keys();
    if (this.#rows.size > room && oldest !== undefined) this.#rows.delete(oldest);
    return row;
  }

  forget(id: string): void {
    this.#absent.delete(id);
    this.#rows.delete(id);
  }

  forgetAll(): void {
    this.#absent.clear();
    this.#rows.clear();
  }

  #missing(id: string): void {
    if (this.#absent.size >= room) this.#absent.clear();
    this.#absent.add(id);
  }
}

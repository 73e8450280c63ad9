import type { EntityManager } from 'typeorm';
import type { ConversationRow } from './entities/conversation-row.js';

/** A conversation's row, and where its log ends (once that was asked for). */
export type Known = ConversationRow & { tail?: { seq: number; message: number } };

const room = 2000;

/**
 * The rows of recent conversations. This process is the only writer: what is here is what the disk has, or is about
 * to have. Whoever changes a row inside a write forgets it when that write fails.
 */
export class ConversationRows {
  readonly #rows = new Map<string, Known>();

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
    return this.#rows.get(id) ?? (row && this.remember(row));
  }

  remember(row: Known): Known {
    this.#rows.set(row.id, row);
    const [oldest] = this.#rows.keys();
    if (this.#rows.size > room && oldest !== undefined) this.#rows.delete(oldest);
    return row;
  }

  forget(id: string): void {
    this.#rows.delete(id);
  }

  forgetAll(): void {
    this.#rows.clear();
  }
}

import type { QueuedMessage } from 'dispatch/wire';
import type { Database } from '../storage-sqlite/contract.js';

/** What waits, on the disk. Each write is asked for before the first `await`, so that it can share a commit. */
export class QueueTable {
  constructor(private readonly database: Database) {}

  /** The conversations in which anything waits. */
  async conversations(): Promise<string[]> {
    const rows = await this.database.read((manager) => manager.query('SELECT DISTINCT conversation FROM queued_message'));
    return (rows as { conversation: string }[]).map((row) => row.conversation);
  }

  read(conversationId: string): Promise<QueuedMessage[]> {
    return this.database.read((manager) =>
      manager.query('SELECT id, text, queuedAt FROM queued_message WHERE conversation = ? ORDER BY key', [conversationId]),
    );
  }

  async add(conversationId: string, { id, text, queuedAt }: QueuedMessage): Promise<void> {
    await this.database.write((manager) =>
      manager.query('INSERT INTO queued_message (id, conversation, text, queuedAt) VALUES (?, ?, ?, ?)', [
        id,
        conversationId,
        text,
        queuedAt,
      ]),
    );
  }

  async edit(id: string, text: string): Promise<void> {
    await this.database.write((manager) => manager.query('UPDATE queued_message SET text = ? WHERE id = ?', [text, id]));
  }

  async remove(ids: Iterable<string>): Promise<void> {
    const all = [...ids];
    await this.database.write((manager) => manager.query(`DELETE FROM queued_message WHERE id IN (${all.map(() => '?')})`, all));
  }

  async clear(conversationId: string): Promise<void> {
    await this.database.write((manager) => manager.query('DELETE FROM queued_message WHERE conversation = ?', [conversationId]));
  }
}

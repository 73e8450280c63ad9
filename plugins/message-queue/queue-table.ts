import type { QueuedMessage } from 'dispatch/wire';
import type { EntityManager } from 'typeorm';
import type { Database } from '../storage-sqlite/contract.js';
import type { StoredMessage } from './after-restart.js';

/** What waits, on the disk. */
export class QueueTable {
  constructor(private readonly database: Database) {}

  /** The conversations in which anything waits. */
  async conversations(): Promise<string[]> {
    const rows = await this.database.read((manager) => manager.query('SELECT DISTINCT conversation FROM queued_message'));
    return (rows as { conversation: string }[]).map((row) => row.conversation);
  }

  read(conversationId: string): Promise<StoredMessage[]> {
    return this.database.read((manager) =>
      manager.query('SELECT id, text, queuedAt, offeredAfter FROM queued_message WHERE conversation = ? ORDER BY key', [conversationId]),
    );
  }

  /** `also`: what is to be written with it, both or neither. */
  async add(
    conversationId: string,
    { id, text, queuedAt }: QueuedMessage,
    also: (manager: EntityManager) => Promise<void> = async () => undefined,
  ): Promise<void> {
    await this.database.write(async (manager) => {
      await manager.query('INSERT INTO queued_message (id, conversation, text, queuedAt) VALUES (?, ?, ?, ?)', [
        id,
        conversationId,
        text,
        queuedAt,
      ]);
      await also(manager);
    });
  }

  edit(id: string, text: string): Promise<void> {
    return this.write('UPDATE queued_message SET text = ?, offeredAfter = NULL WHERE id = ?', [text, id]);
  }

  /** Notes that they are on their way; `after`: the last number of the log, or null when they are not any more. */
  offer(ids: Iterable<string>, after: number | null): Promise<void> {
    return this.write('UPDATE queued_message SET offeredAfter = ? WHERE id IN (SELECT value FROM json_each(?))', [
      after,
      JSON.stringify([...ids]),
    ]);
  }

  remove(ids: Iterable<string>): Promise<void> {
    return this.write('DELETE FROM queued_message WHERE id IN (SELECT value FROM json_each(?))', [JSON.stringify([...ids])]);
  }

  clear(conversationId: string): Promise<void> {
    return this.write('DELETE FROM queued_message WHERE conversation = ?', [conversationId]);
  }

  private async write(sql: string, values: unknown[]): Promise<void> {
    await this.database.write((manager) => manager.query(sql, values));
  }
}

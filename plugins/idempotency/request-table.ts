import type { EntityManager } from 'typeorm';
import type { Database } from '../storage-sqlite/contract.js';
import type { KeyedRequestRow } from './entities/keyed-request-row.js';

/** How long a key is known. */
export const keptMs = 24 * 60 * 60 * 1000;
/** So many keys are known at most; then the oldest go. */
const mostKept = 100_000;

/** The requests with a key, on the disk. */
export class RequestTable {
  constructor(private readonly database: Database) {}

  /** Undefined when there is none, or it is too old. */
  async find(key: string, now: number): Promise<KeyedRequestRow | undefined> {
    const [row] = await this.database.read((manager) =>
      manager.query('SELECT * FROM keyed_request WHERE key = ? AND at > ?', [key, now - keptMs]),
    );
    return row;
  }

  /** Resolves once it is on the disk; takes the place of one that is too old. */
  reserve({ key, digest, conversation, turnId, at }: Omit<KeyedRequestRow, 'turn' | 'queued'>): Promise<void> {
    return this.database.statement(
      'INSERT OR REPLACE INTO keyed_request (key, digest, conversation, turnId, queued, at) VALUES (?, ?, ?, ?, 0, ?)',
      () => [key, digest, conversation, turnId, at],
    );
  }

  release(key: string): Promise<void> {
    return this.database.statement('DELETE FROM keyed_request WHERE key = ?', () => [key]);
  }

  async queued(manager: EntityManager, key: string): Promise<void> {
    await manager.query('UPDATE keyed_request SET queued = 1 WHERE key = ?', [key]);
  }

  /** Notes which turn it has become. */
  async started(key: string, turn: number): Promise<void> {
    await this.database.statement('UPDATE keyed_request SET turn = ? WHERE key = ?', () => [turn, key]);
  }

  async prune(now: number): Promise<void> {
    await this.database.statement('DELETE FROM keyed_request WHERE at <= ?', () => [now - keptMs]);
    await this.database.statement(
      'DELETE FROM keyed_request WHERE key IN (SELECT key FROM keyed_request ORDER BY at DESC LIMIT -1 OFFSET ?)',
      () => [mostKept],
    );
  }
}

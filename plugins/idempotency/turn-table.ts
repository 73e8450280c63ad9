import type { Chunk, Role, StepMetrics, Usage } from 'dispatch/wire';
import type { Database } from '../storage-sqlite/contract.js';
import type { StoredTurn } from './told-again.js';

/**
 * One turn as the disk has it. The turn's own key is what finds it: after a compaction it stands in the archive, where
 * the conversation's id no longer leads.
 */
export class TurnTable {
  constructor(private readonly database: Database) {}

  /** The key of a turn; undefined when there has never been one of this id. */
  async keyOf(conversation: string, turnId: string): Promise<number | undefined> {
    const find = async (where: string, values: unknown[]): Promise<number | undefined> => {
      const rows = await this.database.read((manager) => manager.query(`SELECT key FROM turn WHERE ${where}`, values));
      return rows[0]?.key;
    };
    const here = await find('conversation = (SELECT key FROM conversation WHERE id = ?) AND id = ?', [conversation, turnId]);
    return here ?? find('id = ?', [turnId]); // in an archive, or nowhere: rare enough to look at all of them
  }

  async read(key: number): Promise<StoredTurn | undefined> {
    return this.database.read(async (manager) => {
      const [turn] = await manager.query(
        'SELECT id, conversation, firstSeq, reason, usage, steps, durationMs, contextSize FROM turn WHERE key = ?',
        [key],
      );
      if (!turn) return undefined;
      const rows = (await manager.query(
        `SELECT role, body, step FROM chunk WHERE conversation = ? AND seq >= ? AND turn = ?
         AND seq < coalesce((SELECT firstSeq FROM turn WHERE conversation = ? AND key > ? ORDER BY key LIMIT 1), 9e15) ORDER BY seq`,
        [turn.conversation, turn.firstSeq, key, turn.conversation, key],
      )) as { role: Role; body: string; step: number | null }[];
      return {
        id: turn.id as string,
        rows: rows.map(({ role, body, step }) => ({ role, step, chunk: JSON.parse(body) as Chunk })),
        steps: JSON.parse(turn.steps ?? '[]') as StepMetrics[],
        reason: (turn.reason ?? 'error') as string,
        usage: turn.usage === null ? undefined : (JSON.parse(turn.usage) as Usage),
        durationMs: turn.durationMs ?? undefined,
        contextSize: turn.contextSize ?? undefined,
      };
    });
  }
}

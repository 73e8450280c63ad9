import type { EntityManager } from 'typeorm';

/** How far the index has come. All turns up to `turn` are in it, but those that are `open`. */
export interface Progress {
  readonly turn: number;
  readonly open: readonly number[];
  /** Conversations up to this key were looked at for having been made by a compaction. */
  readonly conversation: number;
}

export async function readProgress(manager: EntityManager): Promise<{ progress: Progress; lastKey: number }> {
  // Where the log has lost its end, with a damaged disk, its numbers come again.
  const [row] = (await manager.query(
    `SELECT min(turn, coalesce((SELECT max(key) FROM turn), 0)) AS turn, open,
       min(conversation, coalesce((SELECT max(key) FROM conversation), 0)) AS conversation,
       (SELECT max(key) FROM search_entry) AS lastKey FROM search_progress`,
  )) as { turn: number; open: string; conversation: number; lastKey: number | null }[];
  if (!row) throw new Error('the table search_progress has lost its row');
  const { turn, open, conversation, lastKey } = row;
  return { progress: { turn, open: JSON.parse(open) as number[], conversation }, lastKey: lastKey ?? 0 };
}

/** Only inside a write. */
export async function writeProgress(manager: EntityManager, { turn, open, conversation }: Progress): Promise<void> {
  await manager.query('UPDATE search_progress SET turn = ?, open = ?, conversation = ?', [turn, JSON.stringify(open), conversation]);
}

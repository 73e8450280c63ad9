import type { EntityManager } from 'typeorm';
import { isText, type NewText, newText } from './backlog.js';

/**
 * A compaction left the newest messages twice: in the archive, and behind the summary. They are searched once, where the
 * conversation goes on; what was summarised is found in the archive. Their entries move, so their place in the order of
 * hits stays. Answers the summary, which is new. Only inside a write.
 */
export async function followCompaction(manager: EntityManager, fresh: number, archiveId: string): Promise<NewText[]> {
  const [last] = (await manager.query(
    `SELECT seq, turn, body FROM chunk WHERE conversation = ?1 AND seq < coalesce(
       (SELECT firstSeq FROM turn WHERE conversation = ?1 ORDER BY key LIMIT 1), 1e15) ORDER BY seq DESC LIMIT 1`,
    [fresh],
  )) as { seq: number; turn: number; body: string }[];
  if (last && last.seq > 1) {
    const [original] = (await manager.query(
      `SELECT conversation, seq FROM chunk WHERE conversation = (SELECT key FROM conversation WHERE id = ?) AND turn = ? AND body = ?
       ORDER BY seq DESC LIMIT 1`,
      [archiveId, last.turn, last.body],
    )) as { conversation: number; seq: number }[];
    const back = (original?.seq ?? 0) - last.seq;
    if (original)
      await manager.query(`UPDATE search_entry SET conversation = ?, seq = seq - ? WHERE conversation = ? AND seq > ? AND seq <= ?`, [
        fresh,
        back,
        original.conversation,
        back + 1,
        original.seq,
      ]);
  }
  const summary = await manager.query(
    `SELECT k.conversation, k.seq, k.body FROM chunk k WHERE k.conversation = ? AND k.seq = 1 AND ${isText('k')}`,
    [fresh],
  );
  return summary.map(newText);
}

import type { Message } from 'dispatch/kernel';
import type { Chunk } from 'dispatch/wire';
import type { EntityManager } from 'typeorm';
import type { Compaction, LoggedMessage } from './contract.js';
import { tailOf } from './conversation-log.js';
import type { ConversationRows } from './conversation-rows.js';
import type { StoredRow } from './message-cache.js';
import { insertConversation } from './open-turn.js';

/** Rows of a log, message by message. */
export function loggedMessages(rows: readonly StoredRow[]): LoggedMessage[] {
  const messages: (LoggedMessage & { chunks: Chunk[] })[] = [];
  let last: number | undefined;
  for (const { seq, role, chunk, message } of rows) {
    if (message === last) messages.at(-1)?.chunks.push(chunk);
    else messages.push({ seq, role, chunks: [chunk] });
    last = message;
  }
  return messages;
}

/**
 * The old row, with its log and its turns, becomes the archive by getting another id; a new row takes the old id, the
 * summary and a copy of what is kept. So nothing old is moved, whatever its length. Answers whether it was done. Only
 * inside a write; memory is right only if that write succeeds.
 */
export async function compactHistory(manager: EntityManager, rows: ConversationRows, compaction: Compaction): Promise<boolean> {
  const { conversationId: id, archiveId, of, keepFrom, summary } = compaction;
  const old = await rows.get(manager, id);
  if (!old || old.epoch !== of.epoch || (await tailOf(manager, old.key)).seq !== of.latestSeq) return false;
  const [open] = await manager.query('SELECT 1 FROM turn WHERE conversation = ? AND sealedAt IS NULL LIMIT 1', [old.key]);
  if (open) return false;
  await manager.query(`UPDATE conversation SET id = ?, status = 'closed' WHERE key = ?`, [archiveId, old.key]);
  const { key: _, tail: __, ...same } = old;
  const fresh = await insertConversation(manager, rows, { ...same, epoch: old.epoch + 1, compactedFrom: archiveId });
  const said: Message = { role: 'user', chunks: [{ type: 'text', text: summary }] };
  await manager.query('INSERT INTO chunk (conversation, seq, role, body, turn, message) VALUES (?, 1, ?, ?, 0, 1)', [
    fresh.key,
    said.role,
    JSON.stringify(said.chunks[0]),
  ]);
  await manager.query(
    `INSERT INTO chunk (conversation, seq, role, body, turn, message, step)
     SELECT ?, seq - ? + 2, role, body, turn, message - (SELECT message FROM chunk WHERE conversation = ? AND seq = ?) + 2, step
     FROM chunk WHERE conversation = ? AND seq >= ?`,
    [fresh.key, keepFrom, old.key, keepFrom, old.key, keepFrom],
  );
  fresh.tail = await tailOf(manager, fresh.key);
  return true;
}

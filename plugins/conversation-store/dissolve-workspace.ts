import type { EntityManager } from 'typeorm';
import type { ConversationRows } from './conversation-rows.js';
import type { Known } from './known.js';

/**
 * Moves every conversation of a workspace to another and removes it, if they are all closed; otherwise changes nothing
 * and answers those that are not. Only inside a write; memory is right only if that write succeeds.
 */
export async function dissolveWorkspace(manager: EntityManager, rows: ConversationRows, id: string, into: string): Promise<string[]> {
  const inside = (await manager.query('SELECT * FROM conversation WHERE workspaceId = ?', [id])) as Known[];
  const open = inside.filter(({ listed, status }) => listed === 1 && status !== 'closed');
  if (open.length > 0) return open.map((row) => row.id);
  await manager.query('UPDATE conversation SET workspaceId = ? WHERE workspaceId = ?', [into, id]);
  await manager.query(
    'UPDATE workspace SET lastActivityAt = max(lastActivityAt, (SELECT max(lastActivityAt) FROM workspace WHERE id IN (?, ?))) WHERE id = ?',
    [id, into, into],
  );
  await manager.query('DELETE FROM workspace WHERE id = ?', [id]);
  for (const row of inside) Object.assign(rows.cached(row.id) ?? rows.remember(row), { workspaceId: into });
  return [];
}

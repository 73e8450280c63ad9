import type { Chunk, Role } from 'dispatch/wire';
import type { EntityManager } from 'typeorm';

/** A text of the index in which all was found, with its place in the log. */
export interface FoundText {
  /** Its row in the index. */
  key: number;
  conversationId: string;
  title: string | null;
  workspaceId: string;
  seq: number;
  role: Role;
  text: string;
  at: number | null;
}

export interface Looked {
  /** In the language of the index. */
  match: string;
  workspaceId?: string;
  conversationId?: string;
}

/** Rows of the index to look at: `above < key <= upTo`. */
export interface Stretch {
  above: number;
  upTo: number;
}

/** The rows that a search is about: all of them, or those from a conversation's first to its last. */
export async function stretchOf(manager: EntityManager, conversationId: string | undefined): Promise<Stretch> {
  const [found] = (
    conversationId === undefined
      ? await manager.query('SELECT 0 AS first, max(key) AS last FROM search_entry')
      : await manager.query(
          'SELECT min(key) AS first, max(key) AS last FROM search_entry WHERE conversation = (SELECT key FROM conversation WHERE id = ?)',
          [conversationId],
        )
  ) as { first: number | null; last: number | null }[];
  return { above: (found?.first ?? 1) - 1, upTo: found?.last ?? 0 };
}

/** The newest that match in a stretch. The order of the tables is the order in which they are asked. */
export async function findTexts(manager: EntityManager, looked: Looked, { above, upTo }: Stretch, limit: number): Promise<FoundText[]> {
  const { match, workspaceId, conversationId } = looked;
  const only = `${workspaceId === undefined ? '' : ' AND c.workspaceId = ?'}${conversationId === undefined ? '' : ' AND c.id = ?'}`;
  const rows = (await manager.query(
    `SELECT s.rowid AS key, c.id AS conversationId, c.title, c.workspaceId, e.seq, k.role, k.body, t.startedAt AS at
     FROM search_text s CROSS JOIN search_entry e ON e.key = s.rowid CROSS JOIN conversation c ON c.key = e.conversation
       CROSS JOIN chunk k ON k.conversation = e.conversation AND k.seq = e.seq LEFT JOIN turn t ON t.key = k.turn
     WHERE s.search_text MATCH ? AND s.rowid > ? AND s.rowid <= ? AND c.listed = 1${only} ORDER BY s.rowid DESC LIMIT ?`,
    [match, above, upTo, ...[workspaceId, conversationId].filter((value) => value !== undefined), limit],
  )) as (Omit<FoundText, 'text'> & { body: string })[];
  return rows.map(({ body, ...row }) => ({ ...row, text: textOf(body) }));
}

/** The text of a stored chunk; empty when it has none. */
export function textOf(body: string): string {
  const chunk = JSON.parse(body) as Chunk;
  return chunk.type === 'text' ? chunk.text : '';
}

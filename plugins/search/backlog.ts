import type { EntityManager } from 'typeorm';
import { textOf } from './find-texts.js';
import type { Progress } from './progress.js';
import { searchedLength } from './snippet.js';

/** A text that is not in the index. */
export interface NewText {
  conversation: number;
  seq: number;
  text: string;
}

/** What the log has beyond a progress, as far as it is taken up in one go. */
export interface Backlog {
  texts: NewText[];
  /** Conversations that a compaction made, whose turns are all in the index or among the texts. */
  compacted: { key: number; compactedFrom: string }[];
  /** Where the index is when it has taken in the texts. */
  reached: Progress;
  /** Whether it goes on beyond. */
  more: boolean;
}

const turnsAtOnce = 16;
const conversationsAtOnce = 1_000;

interface TurnFound {
  key: number;
  sealed: 0 | 1;
}

/**
 * Turns are numbered as they begin and indexed once they are sealed. Conversations are read first: what is compacted has
 * no open turn, so that whatever a compaction was about is among the turns read after it.
 */
export async function readBacklog(manager: EntityManager, from: Progress): Promise<Backlog> {
  const fresh = (await manager.query('SELECT key, compactedFrom FROM conversation WHERE key > ? ORDER BY key LIMIT ?', [
    from.conversation,
    conversationsAtOnce,
  ])) as { key: number; compactedFrom: string | null }[];
  const found = (await manager.query(
    `SELECT key, sealedAt IS NOT NULL AS sealed FROM turn WHERE key IN (SELECT value FROM json_each(?))
     UNION ALL SELECT * FROM (SELECT key, sealedAt IS NOT NULL FROM turn WHERE key > ? ORDER BY key LIMIT ?)`,
    [JSON.stringify(from.open), from.turn, turnsAtOnce],
  )) as TurnFound[];
  const open = found.filter(({ sealed }) => !sealed).map(({ key }) => key);
  const sealed = found.filter((turn) => turn.sealed).map(({ key }) => key);
  const texts = sealed.length === 0 ? [] : await readTexts(manager, sealed);
  const newest = Math.max(from.turn, ...found.map(({ key }) => key));
  const moreTurns = found.filter(({ key }) => key > from.turn).length === turnsAtOnce;
  if (moreTurns) return { texts, compacted: [], reached: { ...from, turn: newest, open }, more: true };
  return {
    texts,
    compacted: fresh.flatMap(({ key, compactedFrom }) => (compactedFrom === null ? [] : [{ key, compactedFrom }])),
    reached: { turn: newest, open, conversation: fresh.at(-1)?.key ?? from.conversation },
    more: fresh.length === conversationsAtOnce,
  };
}

/** What users and models have said in these turns: a range of the log for each, up to where the next one begins. */
async function readTexts(manager: EntityManager, turns: readonly number[]): Promise<NewText[]> {
  const rows = (await manager.query(
    `SELECT k.conversation, k.seq, k.body FROM json_each(?) w CROSS JOIN turn t ON t.key = w.value
     CROSS JOIN chunk k ON k.conversation = t.conversation AND k.seq >= t.firstSeq AND k.seq < coalesce(
       (SELECT n.firstSeq FROM turn n WHERE n.conversation = t.conversation AND n.key > t.key ORDER BY n.key LIMIT 1), 1e15)
     WHERE k.turn = t.key AND ${isText('k')} ORDER BY w.key, k.seq`,
    [JSON.stringify(turns)],
  )) as { conversation: number; seq: number; body: string }[];
  return rows.map(newText);
}

/** What of a chunk's table is searched, and not in the index: a crash may have come between the texts of a turn. */
export const isText = (chunk: string): string => `${chunk}.role IN ('user', 'assistant') AND ${chunk}.body ->> 'type' = 'text'
  AND NOT EXISTS (SELECT 1 FROM search_entry e WHERE e.conversation = ${chunk}.conversation AND e.seq = ${chunk}.seq)`;

export const newText = ({ body, ...place }: { conversation: number; seq: number; body: string }): NewText => ({
  ...place,
  text: textOf(body).slice(0, searchedLength),
});

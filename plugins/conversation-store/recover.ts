import type { Chunk, StepMetrics } from 'dispatch/wire';
import type { EntityManager } from 'typeorm';
import { appendRows } from './conversation-log.js';
import type { Known } from './known.js';
import { totalOf } from './turn-figures.js';
import { type Draft, TurnFold } from './turn-fold.js';

interface OpenRow {
  key: number;
  conversation: number;
  conversationId: string;
  firstSeq: number;
  steps: string | null;
  draft: string | null;
}

/** Whether a crash has left anything to do. */
export async function isTorn(manager: EntityManager): Promise<boolean> {
  const [row] = await manager.query(
    `SELECT EXISTS (SELECT 1 FROM turn WHERE sealedAt IS NULL) OR EXISTS (SELECT 1 FROM conversation WHERE status IN ('active', 'queued')) AS torn`,
  );
  return row.torn === 1;
}

/** Seals every open turn with what there is of it: partial text kept, open calls answered. Only inside a write. */
export async function sealTorn(manager: EntityManager, now: number): Promise<string[]> {
  const open = (await manager.query(
    `SELECT t.key, t.conversation, t.firstSeq, t.steps, c.id AS conversationId, d.body AS draft
     FROM turn t JOIN conversation c ON c.key = t.conversation LEFT JOIN draft d ON d.turn = t.key
     WHERE t.sealedAt IS NULL ORDER BY t.key`,
  )) as OpenRow[];
  for (const turn of open) await sealOne(manager, turn, now);
  const busy = (await manager.query(`SELECT id FROM conversation WHERE status IN ('active', 'queued')`)) as { id: string }[];
  await manager.query('DELETE FROM draft');
  await manager.query(`UPDATE conversation SET status = 'idle' WHERE status IN ('active', 'queued')`);
  return [...new Set([...open.map((turn) => turn.conversationId), ...busy.map(({ id }) => id)])];
}

async function sealOne(manager: EntityManager, turn: OpenRow, now: number): Promise<void> {
  const rows = (await manager.query('SELECT body, step FROM chunk WHERE conversation = ? AND seq >= ? AND turn = ? ORDER BY seq', [
    turn.conversation,
    turn.firstSeq,
    turn.key,
  ])) as { body: string; step: number | null }[];
  const log = rows.map(({ body, step }) => ({ chunk: JSON.parse(body) as Chunk, step }));
  const fold = TurnFold.restore(log, draftIn(turn.draft));
  fold.finish();
  await appendRows(manager, { key: turn.conversation } as Known, turn.key, fold.rows);
  const steps = turn.steps === null ? [] : (JSON.parse(turn.steps) as StepMetrics[]);
  await manager.query(`UPDATE turn SET sealedAt = ?, reason = 'interrupted', usage = ?, steps = ? WHERE key = ?`, [
    now,
    JSON.stringify(totalOf(steps)),
    JSON.stringify(steps),
    turn.key,
  ]);
}

/** A draft that a damaged disk has spoilt is lost; the rest of the turn is not. */
function draftIn(body: string | null): Draft | undefined {
  try {
    return body === null ? undefined : (JSON.parse(body) as Draft);
  } catch {
    return undefined;
  }
}

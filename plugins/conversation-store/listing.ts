import type { ConversationMeta, StepMetrics, TurnMetrics, Usage } from 'dispatch/wire';
import type { EntityManager } from 'typeorm';
import type { ConversationFilter } from './contract.js';
import type { ConversationRow } from './entities/conversation-row.js';
import { untitled } from './title.js';

export const metaOf = (row: ConversationRow): ConversationMeta => ({
  id: row.id,
  createdAt: row.createdAt,
  lastActivityAt: row.lastActivityAt,
  title: row.title ?? untitled,
  status: row.status,
  workspaceId: row.workspaceId,
  ...(row.compactedFrom !== null && { compactedFrom: row.compactedFrom }),
  ...(row.epoch > 0 && { epoch: row.epoch }),
});

/** The listed conversations that pass, newest activity first. */
export function listRows(manager: EntityManager, filter: ConversationFilter): Promise<ConversationRow[]> {
  const where = ['listed = 1'];
  const values: unknown[] = [];
  if (filter.workspaceId !== undefined) {
    where.push('workspaceId = ?');
    values.push(filter.workspaceId);
  }
  if (filter.statuses?.length) {
    where.push(`status IN (${filter.statuses.map(() => '?')})`);
    values.push(...filter.statuses);
  }
  if (filter.idPrefix) {
    where.push('instr(id, ?) = 1');
    values.push(filter.idPrefix);
  }
  return manager.query(`SELECT * FROM conversation WHERE ${where.join(' AND ')} ORDER BY lastActivityAt DESC, key DESC`, values);
}

/** How many listed conversations each workspace has. */
export function countRows(manager: EntityManager): Promise<{ workspaceId: string; count: number }[]> {
  return manager.query('SELECT workspaceId, count(*) AS count FROM conversation WHERE listed = 1 GROUP BY workspaceId');
}

interface Sealed {
  id: string;
  usage: string | null;
  steps: string | null;
  durationMs: number | null;
  contextSize: number | null;
}

/** Figures of the sealed turns, oldest first. */
export async function readMetrics(manager: EntityManager, key: number): Promise<TurnMetrics[]> {
  const turns = (await manager.query(
    'SELECT id, usage, steps, durationMs, contextSize FROM turn WHERE conversation = ? AND sealedAt IS NOT NULL ORDER BY key',
    [key],
  )) as Sealed[];
  return turns.map((turn) => ({
    turnId: turn.id,
    usage: JSON.parse(turn.usage ?? '{"inputTokens":0,"outputTokens":0}') as Usage,
    ...(turn.durationMs !== null && { durationMs: turn.durationMs }),
    steps: JSON.parse(turn.steps ?? '[]') as StepMetrics[],
    ...(turn.contextSize !== null && { contextSize: turn.contextSize }),
  }));
}

import type { ConversationMeta, StepMetrics, TurnMetrics, Usage } from 'dispatch/wire';
import type { EntityManager } from 'typeorm';
import type { ConversationFilter, ConversationPage, ConversationPageQuery } from './contract.js';
import type { ConversationRow } from './entities/conversation-row.js';
import { untitled } from './title.js';

const columns = ['key', 'id', 'createdAt', 'lastActivityAt', 'title', 'status', 'workspaceId', 'compactedFrom', 'epoch'] as const;
type ListedRow = Pick<ConversationRow, (typeof columns)[number]>;

export const metaOf = (row: Omit<ListedRow, 'key'>): ConversationMeta => ({
  id: row.id,
  createdAt: row.createdAt,
  lastActivityAt: row.lastActivityAt,
  title: row.title ?? untitled,
  status: row.status,
  workspaceId: row.workspaceId,
  ...(row.compactedFrom !== null && { compactedFrom: row.compactedFrom }),
  ...(row.epoch > 0 && { epoch: row.epoch }),
});

/** What a cursor looks like: the activity and the key of the last conversation before it. */
export const cursorPattern = /^(\d{1,15})-(\d{1,15})$/;

/** The listed conversations that pass, newest activity first. */
export async function readPage(manager: EntityManager, { limit, cursor, ...filter }: ConversationPageQuery): Promise<ConversationPage> {
  const [where, values] = conditions(filter);
  const [, at, key] = cursorPattern.exec(cursor ?? '') ?? [];
  if (at !== undefined) {
    where.push('(lastActivityAt, key) < (?, ?)');
    values.push(Number(at), Number(key));
  }
  if (limit !== undefined) values.push(limit + 1);
  // As one JSON text: ten thousand rows of objects would hold up every turn while they are made.
  const [found] = (await manager.query(
    `SELECT json_group_array(json_array(${columns})) AS rows FROM (
       SELECT ${columns} FROM conversation WHERE ${where.join(' AND ')} ORDER BY lastActivityAt DESC, key DESC${limit === undefined ? '' : ' LIMIT ?'})`,
    values,
  )) as { rows: string }[];
  const rows = (JSON.parse(found?.rows ?? '[]') as unknown[][]).map(
    (row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])) as unknown as ListedRow,
  );
  const conversations = rows.slice(0, limit).map(metaOf);
  const last = rows[conversations.length - 1];
  return { conversations, ...(last && rows.length > conversations.length && { cursor: `${last.lastActivityAt}-${last.key}` }) };
}

function conditions({ workspaceId, statuses, idPrefix }: ConversationFilter): [where: string[], values: unknown[]] {
  const where = ['listed = 1'];
  const values: unknown[] = [];
  if (workspaceId !== undefined) {
    where.push('workspaceId = ?');
    values.push(workspaceId);
  }
  if (statuses?.length) {
    where.push(`status IN (${statuses.map(() => '?')})`);
    values.push(...statuses);
  }
  if (idPrefix) {
    const end = behindPrefix(idPrefix);
    where.push(end === undefined ? 'id >= ?' : 'id >= ? AND id < ?');
    values.push(idPrefix, ...(end === undefined ? [] : [end]));
  }
  return [where, values];
}

/** The first text, in the order of code points, that comes after all that begin like this; undefined when none does. */
function behindPrefix(prefix: string): string | undefined {
  const letters = [...prefix];
  for (let letter = letters.pop(); letter !== undefined; letter = letters.pop()) {
    const next = (letter.codePointAt(0) as number) + 1;
    if (next <= 0x10ffff) return letters.join('') + String.fromCodePoint(next === 0xd800 ? 0xe000 : next);
  }
  return undefined;
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

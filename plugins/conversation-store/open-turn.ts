import type { EntityManager } from 'typeorm';
import type { TurnOpening } from './contract.js';
import { numbered } from './conversation-log.js';
import type { ConversationRows } from './conversation-rows.js';
import type { Known } from './known.js';
import type { StoredRow } from './message-cache.js';
import { titleOf } from './title.js';
import type { LogRow } from './turn-fold.js';
import { openTurnValues } from './turn-statements.js';

const nothing = {
  title: null,
  cwd: null,
  model: null,
  reasoningEffort: null,
  compactPercent: null,
  compactedFrom: null,
  epoch: 0,
} as const;

/** Writes the row of a conversation the store has not seen. Only inside a write. */
export async function insertConversation(
  manager: EntityManager,
  rows: ConversationRows,
  given: Pick<Known, 'id' | 'workspaceId' | 'createdAt' | 'listed' | 'status'> & Partial<Known>,
): Promise<Known> {
  await rows.keys.ready(manager);
  const full = { ...nothing, lastActivityAt: given.createdAt, ...given, key: rows.keys.next('conversation') };
  const names = Object.keys(full);
  await manager.query(`INSERT INTO conversation (${names}) VALUES (${names.map(() => '?')})`, Object.values(full));
  return rows.remember({ ...full, tail: { seq: 0, message: 0 } });
}

/** Makes a workspace, titled after its id, unless it is there. Only inside a write. */
export async function insertWorkspace(manager: EntityManager, id: string, at: number): Promise<void> {
  await manager.query('INSERT INTO workspace (id, title, createdAt, lastActivityAt) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING', [
    ...[id, id],
    ...[at, at],
  ]);
}

/** Changes columns of a row, on the disk and in memory. Only inside a write. */
export async function updateConversation(manager: EntityManager, row: Known, change: Partial<Known>): Promise<void> {
  const names = Object.keys(change);
  await manager.query(`UPDATE conversation SET ${names.map((name) => `${name} = ?`)} WHERE key = ?`, [...Object.values(change), row.key]);
  Object.assign(row, change);
}

/** A turn about to begin: what goes to the disk, and what memory is to know once it is there. */
export interface OpeningWrite {
  values: unknown[];
  row: Known;
  turnKey: number;
  stored: StoredRow[];
}

/** Everything that makes a turn begin, as one statement. Memory has the conversation's row, or knows there is none. */
export function openingOf(rows: ConversationRows, opening: TurnOpening): OpeningWrite {
  const { conversationId: id, turnId, text, images = [], model, cwd, at } = opening;
  const old = rows.cached(id);
  const row: Known = {
    ...nothing,
    ...(old ?? { key: rows.keys.next('conversation'), id, tail: { seq: 0, message: 0 } }),
    title: old?.title || titleOf(text),
    workspaceId: old?.listed ? old.workspaceId : (opening.workspaceId ?? old?.workspaceId ?? 'default'),
    createdAt: old?.listed ? old.createdAt : at,
    lastActivityAt: at,
    status: 'active',
    listed: 1,
    cwd: cwd ?? old?.cwd ?? null,
    model: model ?? old?.model ?? null,
  };
  const firstSeq = (row.tail?.seq ?? 0) + 1;
  const { stored, log } = numbered(row, promptRows(text, images));
  const turnKey = rows.keys.next('turn');
  const { key: conversation, workspaceId, createdAt, title } = row;
  const first = { conversation, id, workspaceId, createdAt, startedAt: at, title, cwd: row.cwd, model: row.model };
  return { values: openTurnValues({ ...first, turn: turnKey, turnId, firstSeq, log }), row, turnKey, stored };
}

function promptRows(text: string, images: NonNullable<TurnOpening['images']>): LogRow[] {
  const chunks: LogRow['chunk'][] = [];
  if (text !== '' || images.length === 0) chunks.push({ type: 'text', text });
  for (const { url, mimeType } of images) chunks.push({ type: 'image', url, ...(mimeType !== undefined && { mimeType }) });
  return chunks.map((chunk, i) => ({ role: 'user', chunk, opens: i === 0, step: null }));
}

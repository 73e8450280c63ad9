import type { EntityManager } from 'typeorm';
import type { TurnOpening } from './contract.js';
import { appendRows, tailOf } from './conversation-log.js';
import type { ConversationRows, Known } from './conversation-rows.js';
import type { StoredRow } from './message-cache.js';
import { titleOf } from './title.js';
import type { LogRow } from './turn-fold.js';

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
  const full = { ...nothing, lastActivityAt: given.createdAt, ...given };
  const names = Object.keys(full);
  const key = (await manager.query(`INSERT INTO conversation (${names}) VALUES (${names.map(() => '?')})`, Object.values(full))) as number;
  return rows.remember({ ...full, key });
}

/** Changes columns of a row, on the disk and in memory. Only inside a write. */
export async function updateConversation(manager: EntityManager, row: Known, change: Partial<Known>): Promise<void> {
  const names = Object.keys(change);
  await manager.query(`UPDATE conversation SET ${names.map((name) => `${name} = ?`)} WHERE key = ?`, [...Object.values(change), row.key]);
  Object.assign(row, change);
}

/** Everything that makes a turn begin, in one transaction. */
export async function writeOpening(
  manager: EntityManager,
  rows: ConversationRows,
  opening: TurnOpening,
): Promise<{ turnKey: number; stored: StoredRow[] }> {
  const { conversationId: id, turnId, text, images = [], model, cwd, at } = opening;
  let row = await rows.get(manager, id);
  const workspaceId = row?.listed ? row.workspaceId : (opening.workspaceId ?? row?.workspaceId ?? 'default');
  await manager.query(
    'INSERT INTO workspace (id, title, createdAt, lastActivityAt) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET lastActivityAt = excluded.lastActivityAt',
    [workspaceId, workspaceId, at, at],
  );
  const change: Partial<Known> = { status: 'active', lastActivityAt: at };
  if (model !== undefined) change.model = model;
  if (cwd !== undefined) change.cwd = cwd;
  if (!row?.title) change.title = titleOf(text);
  if (!row) {
    row = await insertConversation(manager, rows, { id, workspaceId, createdAt: at, listed: 1, status: 'active', ...change });
    row.tail = { seq: 0, message: 0 };
  } else {
    if (!row.listed) Object.assign(change, { listed: 1, createdAt: at, workspaceId });
    await updateConversation(manager, row, change);
    row.tail ??= await tailOf(manager, row.key);
  }
  const turnKey = (await manager.query('INSERT INTO turn (id, conversation, firstSeq, startedAt) VALUES (?, ?, ?, ?)', [
    turnId,
    row.key,
    row.tail.seq + 1,
    at,
  ])) as number;
  return { turnKey, stored: await appendRows(manager, row, turnKey, promptRows(text, images)) };
}

function promptRows(text: string, images: NonNullable<TurnOpening['images']>): LogRow[] {
  const chunks: LogRow['chunk'][] = [];
  if (text !== '' || images.length === 0) chunks.push({ type: 'text', text });
  for (const { url, mimeType } of images) chunks.push({ type: 'image', url, ...(mimeType !== undefined && { mimeType }) });
  return chunks.map((chunk, i) => ({ role: 'user', chunk, opens: i === 0, step: null }));
}

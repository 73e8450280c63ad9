import type { Chunk, Role, StoredChunk } from 'dispatch/wire';
import type { EntityManager } from 'typeorm';
import type { HistoryWindow } from './contract.js';
import type { Known } from './known.js';
import type { StoredRow } from './message-cache.js';
import type { LogRow } from './turn-fold.js';

const batch = 100;

/** Numbers rows that go behind the last, and moves the end of the log past them. */
export function numbered(conversation: Known, rows: readonly LogRow[]): { stored: StoredRow[]; log: string } {
  if (!conversation.tail) throw new Error(`the end of the log of "${conversation.id}" is not known`);
  let { seq, message } = conversation.tail;
  const stored: StoredRow[] = [];
  const values: unknown[][] = [];
  for (const { role, chunk, opens, step } of rows) {
    const body = JSON.stringify(chunk);
    seq++;
    if (opens) message++;
    values.push([seq, role, body, message, step]);
    stored.push({ seq, role, chunk, message, size: body.length });
  }
  conversation.tail = { seq, message };
  return { stored, log: JSON.stringify(values) };
}

/** Appends rows behind the last; answers them with their numbers. Only inside a write. */
export async function appendRows(manager: EntityManager, conversation: Known, turn: number, rows: readonly LogRow[]): Promise<StoredRow[]> {
  conversation.tail ??= await tailOf(manager, conversation.key);
  let { seq, message } = conversation.tail;
  const stored: StoredRow[] = [];
  for (let from = 0; from < rows.length; from += batch) {
    const some = rows.slice(from, from + batch);
    const values: unknown[] = [];
    for (const { role, chunk, opens, step } of some) {
      const body = JSON.stringify(chunk);
      seq++;
      if (opens) message++;
      values.push(conversation.key, seq, role, body, turn, message, step);
      stored.push({ seq, role, chunk, message, size: body.length });
    }
    await manager.query(
      `INSERT INTO chunk (conversation, seq, role, body, turn, message, step) VALUES ${some.map(() => '(?,?,?,?,?,?,?)').join()}`,
      values,
    );
  }
  conversation.tail = { seq, message };
  return stored;
}

export async function tailOf(manager: EntityManager, key: number): Promise<{ seq: number; message: number }> {
  const [last] = await manager.query('SELECT seq, message FROM chunk WHERE conversation = ? ORDER BY seq DESC LIMIT 1', [key]);
  return last ?? { seq: 0, message: 0 };
}

/** The SQL of one window: a range read of the log's own key, whatever its length. */
export function windowQuery(key: number, { sinceSeq = 0, beforeSeq, limit }: HistoryWindow): [string, number[]] {
  const before = beforeSeq === undefined ? '' : ' AND seq < ?';
  const newest = limit === undefined ? '' : ' DESC LIMIT ?';
  return [
    `SELECT seq, role, body FROM chunk WHERE conversation = ? AND seq > ?${before} ORDER BY seq${newest}`,
    [key, sinceSeq, ...(beforeSeq === undefined ? [] : [beforeSeq]), ...(limit === undefined ? [] : [limit])],
  ];
}

export async function readWindow(manager: EntityManager, key: number, window: HistoryWindow): Promise<StoredChunk[]> {
  const [sql, values] = windowQuery(key, window);
  const rows = (await manager.query(sql, values)) as { seq: number; role: Role; body: string }[];
  if (window.limit !== undefined) rows.reverse();
  return rows.map(({ seq, role, body }) => ({ seq, role, chunk: JSON.parse(body) as Chunk }));
}

export async function readLog(manager: EntityManager, key: number): Promise<StoredRow[]> {
  const rows = (await manager.query('SELECT seq, role, body, message FROM chunk WHERE conversation = ? ORDER BY seq', [key])) as {
    seq: number;
    role: Role;
    body: string;
    message: number;
  }[];
  return rows.map(({ body, ...row }) => ({ ...row, chunk: JSON.parse(body) as Chunk, size: body.length }));
}

/** The text of the newest assistant message that has any; read backwards, a few rows at a time. */
export async function readLastText(manager: EntityManager, key: number): Promise<string> {
  let before = Number.MAX_SAFE_INTEGER;
  let message: number | undefined;
  const texts: string[] = [];
  for (;;) {
    const rows = (await manager.query(
      'SELECT seq, role, body, message FROM chunk WHERE conversation = ? AND seq < ? ORDER BY seq DESC LIMIT 50',
      [key, before],
    )) as { seq: number; role: Role; body: string; message: number }[];
    for (const row of rows) {
      if (message !== undefined && row.message !== message) return texts.reverse().join('');
      const chunk = row.role === 'assistant' ? (JSON.parse(row.body) as Chunk) : undefined;
      if (chunk?.type !== 'text' || chunk.text === '') continue;
      message = row.message;
      texts.push(chunk.text);
    }
    const last = rows.at(-1);
    if (!last || rows.length < 50) return texts.reverse().join('');
    before = last.seq;
  }
}

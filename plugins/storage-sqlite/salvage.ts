import { copyFile, rename, rm } from 'node:fs/promises';
import { RawFile, type Row } from './raw-file.js';

/** What came out of a damaged file, per table: rows copied, and whether some could not be read. */
export type Salvaged = Record<string, { rows: number; holes: boolean }>;

const batch = 200;
const quoted = (name: unknown): string => `"${String(name).replaceAll('"', '""')}"`;

/**
 * Sets a file aside under another name, with its log, and puts in its place what can still be read of it.
 * The original is kept byte for byte: all reading is done on a copy.
 */
export async function setAsideAndSalvage(file: string, aside: string): Promise<Salvaged> {
  const source = `${file}.salvage-source`;
  const target = `${file}.salvage-target`;
  await discard(source);
  await discard(target);
  await copyIfThere(file, source);
  await copyIfThere(`${file}-wal`, `${source}-wal`);
  const salvaged = await copyReadable(source, target).catch((): Salvaged => ({}));
  for (const end of ['', '-wal']) await rename(file + end, aside + end).catch(ignoreMissing);
  await rm(`${file}-shm`, { force: true });
  if (Object.keys(salvaged).length > 0) await rename(target, file);
  await discard(target);
  await discard(source);
  return salvaged;
}

const ignoreMissing = (thrown: NodeJS.ErrnoException): void => {
  if (thrown.code !== 'ENOENT') throw thrown;
};
const copyIfThere = (from: string, to: string): Promise<void> => copyFile(from, to).catch(ignoreMissing);
async function discard(path: string): Promise<void> {
  for (const end of ['', '-wal', '-shm', '-journal']) await rm(path + end, { force: true });
}

/** Table by table, row by row. Answers nothing when not even the list of migrations can be read. */
async function copyReadable(source: string, target: string): Promise<Salvaged> {
  const from = await RawFile.open(source, 'write');
  const to = await RawFile.open(target, 'create');
  try {
    await from.exec('PRAGMA writable_schema = ON'); // else SQLite reads nothing of a file that lost its end
    const found = await from.all('SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL');
    const tables = found.filter(({ type, name }) => type === 'table' && !String(name).startsWith('sqlite_'));
    await to.exec('PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; BEGIN');
    // A virtual table makes the tables it stands on; their rows are copied over what it put there.
    const virtualFirst = [...tables].sort((a, b) => Number(isVirtual(b)) - Number(isVirtual(a)));
    for (const { sql, name } of virtualFirst)
      if (!(await to.all('SELECT 1 FROM sqlite_master WHERE name = ?', [name]))[0]) await to.exec(String(sql));
    const salvaged: Salvaged = {};
    for (const table of tables) if (!isVirtual(table)) salvaged[String(table.name)] = await copyTable(from, to, String(table.name));
    if (!salvaged.migrations?.rows) return {};
    await dropOrphans(to);
    for (const { type, sql } of found) if (type !== 'table') await to.exec(String(sql)).catch(() => undefined);
    for (const pragma of ['application_id', 'user_version'])
      await to.exec(`PRAGMA ${pragma} = ${Object.values((await from.all(`PRAGMA ${pragma}`))[0] ?? {})[0]}`);
    await to.exec('COMMIT; PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL');
    return salvaged;
  } finally {
    await from.close();
    await to.close();
  }
}

const isVirtual = ({ sql }: Row): boolean => /^\s*create\s+virtual/i.test(String(sql));

/** Up from the first row to the damage, down from the last row to it, and from behind it where keys are numbers. */
async function copyTable(from: RawFile, to: RawFile, table: string): Promise<{ rows: number; holes: boolean }> {
  const columns = await to.all(`PRAGMA table_info(${quoted(table)})`);
  const own = columns.filter(({ pk }) => Number(pk) > 0).sort((a, b) => Number(a.pk) - Number(b.pk));
  const withoutRowid = await to.all(`SELECT rowid FROM ${quoted(table)} LIMIT 0`).then(
    () => false,
    () => true,
  );
  const keys = withoutRowid ? own.map(({ name }) => quoted(name)) : ['rowid'];
  const names = columns.map(({ name }) => quoted(name));
  const put = `INSERT OR REPLACE INTO ${quoted(table)} (${names}) VALUES (${names.map(() => '?')})`;
  /** Keys at which a scan meets what another one has copied. */
  const met = new Set<string>();
  let copied = 0;

  /** Copies in one direction to the end, or up to a row that cannot be read. */
  const scan = async (down: boolean, start?: unknown[]): Promise<{ end: boolean; last: unknown[] | undefined }> => {
    let last = start;
    let size = batch;
    for (;;) {
      const where = last ? `WHERE (${keys}) ${down ? '<' : '>'} (${keys.map(() => '?')})` : '';
      const sort = keys.map((key) => `${key} ${down ? 'DESC' : 'ASC'}`);
      const select = `SELECT ${keys.map((key, i) => `${key} AS k${i}`)}, ${names} FROM ${quoted(table)} ${where} ORDER BY ${sort} LIMIT ${size}`;
      let rows: Row[];
      try {
        rows = await from.all(select, last);
      } catch {
        if (size === 1) return { end: false, last };
        size = 1;
        continue;
      }
      for (const row of rows) {
        const key = keys.map((_, i) => row[`k${i}`]);
        if (met.has(JSON.stringify(key))) return { end: true, last };
        // A torn tree can lead in circles.
        const step = last ? order(key, last) : 0;
        if (last && (down ? step >= 0 : step <= 0)) return { end: false, last };
        last = key;
        copied++;
        const values = columns.map(({ name }) => row[String(name)]);
        await new Promise<void>((resolve) => to.connection.run(put, values, () => resolve()));
      }
      if (rows.length < size) return { end: true, last };
    }
  };

  let up = await scan(false);
  const holes = !up.end;
  if (holes) {
    met.add(JSON.stringify(up.last));
    met.add(JSON.stringify((await scan(true)).last));
  }
  // Leaps of doubling width over what cannot be read.
  for (let leap = 1; !up.end && leap < 2 ** 40; leap *= 2) {
    const first = Number(up.last?.[0] ?? 0);
    if (!Number.isSafeInteger(first)) break;
    const beyond = await scan(false, [first + leap, ...keys.slice(1).map(() => 0)]);
    if (beyond.end || beyond.last?.[0] !== first + leap) up = beyond;
  }
  return { rows: copied, holes };
}

/** Negative when key `a` comes before `b`; columns hold numbers or text, in SQLite's own order. */
function order(a: readonly unknown[], b: readonly unknown[]): number {
  for (const [i, left] of a.entries()) {
    const right = b[i];
    const difference =
      typeof left === 'number' && typeof right === 'number'
        ? left - right
        : Buffer.compare(Buffer.from(String(left)), Buffer.from(String(right)));
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Rows whose parent was lost would break the rules of the new file. */
async function dropOrphans(to: RawFile): Promise<void> {
  for (let round = 0; round < 8; round++) {
    const broken = await to.all('PRAGMA foreign_key_check');
    const rows = broken.filter(({ rowid }) => rowid !== null);
    for (const { table, rowid } of rows) await to.all(`DELETE FROM ${quoted(table)} WHERE rowid = ?`, [rowid]);
    if (rows.length === 0) return;
  }
}

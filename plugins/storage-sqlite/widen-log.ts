import { open, stat, statfs } from 'node:fs/promises';
import type { EntityManager } from 'typeorm';

/** As far as SQLite lets its log grow before it begins at its start again. */
const wide = 4 * 1024 * 1024;
/** Where the disk has less room than so many times that, nothing is done. */
const spare = 16;

/** The way back for a transaction that has done what it was for. */
const enough = new Error('wide enough');

/**
 * Makes the log beside the database as long as it will get. A commit that overwrites needs one write to the disk; one that
 * makes a file longer needs another for its length, which doubles its time. The log grows by a transaction that is larger
 * than SQLite's memory for pages and is then taken back, so that the database stays as it is.
 */
export async function widenLog(file: string, write: (work: (manager: EntityManager) => Promise<never>) => Promise<never>): Promise<void> {
  const log = `${file}-wal`;
  const { bavail, bsize } = await statfs(file);
  if (bavail * bsize < spare * wide || (await stat(log)).size >= wide) return;
  const fill = async (manager: EntityManager): Promise<never> => {
    await manager.query('CREATE TABLE widening (bytes BLOB)');
    await manager.query(
      'WITH RECURSIVE row (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM row WHERE n < 1600) INSERT INTO widening SELECT zeroblob(3800) FROM row',
    );
    throw enough;
  };
  await write(fill).catch((thrown: unknown) => {
    if (thrown !== enough) throw thrown;
  });
  // now, and not with the first turn
  const handle = await open(log);
  await handle.datasync().finally(() => handle.close());
}

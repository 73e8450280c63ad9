import { existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import type { Clock, Logger } from 'dispatch/kernel';
import { stampOf } from './backup.js';
import { StorageError } from './contract.js';
import { inspectFile } from './inspect-file.js';
import { setAsideAndSalvage } from './salvage.js';

export interface Prepared {
  /** Nothing is in it yet. */
  fresh: boolean;
  /** It was checked whole. */
  checked: boolean;
}

const suspectPath = (file: string): string => `${file}.suspect`;

/** Has the next start check the whole file: it was found damaged while it was in use. */
export const suspect = (file: string): Promise<void> =>
  writeFile(suspectPath(file), 'damage was found while this file was in use\n').catch(() => undefined);

/**
 * Leaves a file that can be relied on: a damaged or foreign one is set aside, with what can be read of it in its
 * place.
 */
export async function prepareFile(file: string, clock: Clock, logger: Logger): Promise<Prepared> {
  const existed = existsSync(file);
  const finding = await inspectFile(file, clock, existsSync(suspectPath(file)));
  if (finding.is === 'newer')
    throw new StorageError(
      'failed',
      `${file} was made by a newer version of this server (${finding.why}): start that version, or name another file with DISPATCH_DB`,
    );
  if (finding.is === 'new' && existed) logger.error(`${file} is empty: beginning with a new database`);
  if (finding.is === 'new') return { fresh: true, checked: true };
  if (finding.is === 'sound') return { fresh: false, checked: finding.whole };
  const aside = `${file}.${finding.is}-${stampOf(clock.now())}`;
  const salvaged = finding.is === 'damaged' ? await setAsideAndSalvage(file, aside) : await setAside(file, aside);
  await rm(suspectPath(file), { force: true });
  const rows = Object.values(salvaged).reduce((sum, table) => sum + table.rows, 0);
  const torn = Object.keys(salvaged).filter((table) => salvaged[table]?.holes);
  logger.error(
    `${file} is ${finding.is} (${finding.why}): it was set aside as ${aside}, and ${
      rows > 0 ? `${rows} rows were salvaged from it` : 'a new database begun'
    }${torn.length > 0 ? `; rows are missing in ${torn.join(', ')}` : ''}`,
    { aside, salvaged },
  );
  return { fresh: rows === 0, checked: true };
}

async function setAside(file: string, aside: string): Promise<Awaited<ReturnType<typeof setAsideAndSalvage>>> {
  for (const end of ['', '-wal', '-shm']) if (existsSync(file + end)) await rename(file + end, aside + end);
  return {};
}

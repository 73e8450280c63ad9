import { chmod, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Connections } from './connections.js';

const kept = 3;

/** A moment as it stands in file names: sorts as text. */
export const stampOf = (at: number): string => new Date(at).toISOString().replace(/[-:.]/g, '');

/** Writes a whole copy of the file beside it, and keeps the newest three. Answers its path. */
export async function backUp({ lane }: Connections, file: string, at: number): Promise<string> {
  const backup = `${file}.backup-${stampOf(at)}`;
  await rm(backup, { force: true });
  await lane.exec(`VACUUM INTO '${backup.replaceAll("'", "''")}'`);
  await chmod(backup, 0o600);
  const prefix = `${basename(file)}.backup-`;
  const all = (await readdir(dirname(file))).filter((name) => name.startsWith(prefix)).sort();
  for (const old of all.slice(0, -kept)) await rm(join(dirname(file), old), { force: true });
  return backup;
}

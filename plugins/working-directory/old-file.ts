import type { Stats } from 'node:fs';
import { access, constants, type FileHandle, lstat } from 'node:fs/promises';
import { openQuietly } from './opened.js';
import { PathRefused } from './path-refused.js';
import { codeOf, special, swapped, unreadable } from './refusals.js';
import type { Target } from './target.js';

/** Bytes of a file that is changed in place, at most. */
const largest = 10 * 1024 * 1024;

/** The file that is to be changed, held open. */
export interface OldFile {
  handle: FileHandle;
  stats: Stats;
}

/** Opens the file at a target; undefined when there is none. Refuses what is no file or must not be written. */
export async function openOld(target: Target): Promise<OldFile | undefined> {
  const { asked } = target;
  const seen = await lstat(target.at()).catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw unreadable(asked, cause);
  });
  if (!seen) return undefined;
  if (seen.isDirectory()) throw new PathRefused('kind', `${asked} is a folder, not a file`);
  if (seen.isSymbolicLink()) throw swapped(asked);
  if (!seen.isFile()) throw special(asked);
  await refuseReadOnly(target, seen);
  const handle = await openQuietly(target.at()).catch((cause: unknown) => {
    throw unreadable(asked, cause);
  });
  const stats = await handle.stat();
  if (stats.isFile() && stats.ino === seen.ino) return { handle, stats };
  await handle.close();
  throw swapped(asked);
}

/** The system would let its owner replace it, and an administrator even write it; the mode says that it should stay. */
async function refuseReadOnly(target: Target, { mode }: Stats): Promise<void> {
  const writable =
    (mode & 0o222) !== 0 &&
    (await access(target.at(), constants.W_OK).then(
      () => true,
      () => false,
    ));
  if (writable) return;
  const octal = (mode & 0o777).toString(8).padStart(4, '0');
  throw new PathRefused('unwritten', `${target.asked} is read-only (mode ${octal}); make it writable first, if that is wanted`);
}

/** The whole content of a file that is small enough to be held. */
export async function readOld({ handle, stats }: OldFile, asked: string): Promise<Buffer> {
  const tooLarge = (bytes: number) =>
    new PathRefused(
      'unfit',
      `${asked} has ${bytes.toLocaleString('en')} bytes; files over ${largest.toLocaleString('en')} bytes are not edited. Use run_shell, e.g. sed -i`,
    );
  if (stats.size > largest) throw tooLarge(stats.size);
  // One byte more than expected, so that a file that grew is noticed.
  const buffer = Buffer.allocUnsafe(stats.size + 1);
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  if (filled !== stats.size) throw swapped(asked);
  return buffer.subarray(0, filled);
}

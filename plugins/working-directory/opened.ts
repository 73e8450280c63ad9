import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, readlink, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { type Bounds, guard } from './bounds.js';
import { rootOf } from './inside.js';
import { outside, special, unreadable } from './refusals.js';

/** A file or folder that was checked after it was opened. Whoever gets it closes the handle. */
export interface Opened {
  handle: FileHandle;
  kind: 'file' | 'directory';
  /** Absolute, without symbolic links. */
  path: string;
  /** Path below the root it was found in, with `/`; `.` for the root itself. */
  shown: string;
  stats: Stats;
}

/** Where the system shows what its descriptors stand for; absent on systems without `/proc`. */
export const descriptors = process.platform === 'linux' ? '/proc/self/fd' : undefined;

export const kindOf = (stats: Stats): Opened['kind'] | undefined =>
  stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : undefined;

/** Opens a path without links, and checks what was really opened: it may have been swapped since it was looked at. */
export async function openChecked(asked: string, path: string, bounds: Bounds, proc = descriptors): Promise<Opened> {
  const handle = await openQuietly(path).catch((cause: unknown) => {
    throw unreadable(asked, cause);
  });
  try {
    const stats = await handle.stat();
    const kind = kindOf(stats);
    if (!kind) throw special(asked);
    const real = await pathOf(handle, path, stats, proc);
    if (real === undefined) throw outside(asked, bounds.places.cwd);
    guard(asked, real, bounds);
    return { handle, kind, path: real, shown: shownPath(real, bounds), stats };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** A path that reaches a name in an opened folder through its handle where the system can, so that a swap cannot bend it. */
export const throughHandle = (folder: Opened, name = '', proc = descriptors): string =>
  join(proc ? `${proc}/${folder.handle.fd}` : folder.path, name);

/** Opens for reading, following no link and waiting for nobody. */
export function openQuietly(path: string): Promise<FileHandle> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;
  return open(path, O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0) | (O_NOCTTY ?? 0));
}

/** The real path of what the handle holds; undefined when it is not what was asked for any more. */
export async function pathOf(handle: FileHandle, path: string, stats: Stats, proc = descriptors): Promise<string | undefined> {
  const linked = proc && (await readlink(`${proc}/${handle.fd}`).catch(() => undefined));
  // The system says so of a name that is gone; a file may also be named so.
  if (linked) return stats.nlink === 0 ? linked.replace(/ \(deleted\)$/, '') : linked;
  const again = await realpath(path).catch(() => undefined);
  const now = await stat(path).catch(() => undefined);
  const still = again === path && (await realpath(path).catch(() => undefined)) === path;
  return still && now && now.dev === stats.dev && now.ino === stats.ino ? path : undefined;
}

export function shownPath(path: string, { roots }: Bounds): string {
  const below = relative(rootOf(roots, path) as string, path) || '.';
  return below.split(sep).join('/');
}

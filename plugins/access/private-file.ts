import { closeSync, constants, fstatSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** More than this is no file of ours. */
const largest = 1024 * 1024;

/**
 * The text of a file that is for this user alone; undefined when there is none. Throws a sentence when anybody else could
 * have written or read it, and for a link, which may lead anywhere.
 */
export function readPrivate(path: string): string | undefined {
  const file = opened(path);
  if (file === undefined) return undefined;
  try {
    const { mode, uid, size } = fstatSync(file);
    const us = process.getuid?.();
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw new Error(`${path} is not a file: remove it`);
    if (us !== undefined && uid !== us) throw new Error(`${path} belongs to another user: remove it, or make it yours`);
    if (us !== undefined && (mode & 0o077) !== 0)
      throw new Error(
        `${path} may be read by other users (mode ${(mode & 0o777).toString(8)}): run chmod 600 on it, or remove it to get a new one`,
      );
    if (size > largest) throw new Error(`${path} is too large to be what it should be: remove it`);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

function opened(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') throw new Error(`${path} is a symbolic link: put the file itself there`, { cause });
    throw new Error(`${path} cannot be read (${code})`, { cause });
  }
}

/** Writes a file for this user alone, whole or not at all. Throws a sentence when that cannot be done. */
export function writePrivate(path: string, text: string): void {
  const fresh = `${path}.${process.pid}.new`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    rmSync(fresh, { force: true });
    const file = openSync(fresh, 'wx', 0o600);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(fresh, path);
  } catch (cause) {
    rmSync(fresh, { force: true });
    throw new Error(`${path} cannot be written (${(cause as NodeJS.ErrnoException).code}): make its folder writable`, { cause });
  }
}

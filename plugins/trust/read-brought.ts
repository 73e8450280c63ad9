import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, realpathSync, type Stats } from 'node:fs';
import { join } from 'node:path';

/** What a file was found to be. */
export type Reading = { hash: string; text: string } | { refused: string };

/** Larger files configure nothing. */
const largest = 1024 * 1024;
const missing = new Set(['ENOENT', 'ENOTDIR']);

/** The real path of a directory; undefined when there is none. */
export function realDirectory(directory: string): string | undefined {
  try {
    return realpathSync.native(directory);
  } catch {
    return undefined;
  }
}

/**
 * Reads a file below a directory, given by its real path. It is opened once, and everything that is said of it is said
 * of what was opened; undefined when there is none. Synchronous: a missing file, the usual case at the start of a turn,
 * costs microseconds.
 */
export function readBrought(directory: string, path: string): Reading | undefined {
  const file = join(directory, path);
  let descriptor: number;
  try {
    // Sparing the error that a failed opening makes.
    if (!lstatSync(file, { throwIfNoEntry: false })) return undefined;
    // A pipe in its place must not hold anything up.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (thrown) {
    return whyNotOpened(thrown as NodeJS.ErrnoException);
  }
  try {
    const stats = fstatSync(descriptor);
    const refused = ofLink(file) ?? problemOf(stats, process.getuid?.());
    return refused === undefined ? contentOf(descriptor, stats.size) : { refused };
  } catch (thrown) {
    return { refused: `it cannot be read (${(thrown as Error).message})` };
  } finally {
    closeSync(descriptor);
  }
}

function whyNotOpened({ code, message }: NodeJS.ErrnoException): Reading | undefined {
  if (missing.has(code ?? '')) return undefined;
  return { refused: code === 'ELOOP' ? link : `it cannot be opened (${message})` };
}

const link = 'it is a symbolic link, or lies behind one; put the file itself there';
const ofLink = (file: string): string | undefined => (realpathSync(file) === file ? undefined : link);

/** Why a file is never trusted, whatever it holds. Pure. */
export function problemOf(stats: Pick<Stats, 'isFile' | 'uid' | 'mode' | 'size'>, user: number | undefined): string | undefined {
  if (!stats.isFile()) return 'it is no plain file';
  if (user !== undefined && stats.uid !== user && stats.uid !== 0) return 'it belongs to another user; make it your own';
  if ((stats.mode & 0o002) !== 0) return 'everybody may write to it; take that away (chmod o-w)';
  if (stats.size > largest) return `it is larger than ${largest / 1024} KiB`;
  return undefined;
}

function contentOf(descriptor: number, size: number): Reading {
  const bytes = Buffer.allocUnsafe(size + 1);
  let length = 0;
  for (let read = -1; read !== 0 && length <= size; length += read) read = readSync(descriptor, bytes, length, bytes.length - length, null);
  if (length > size) return { refused: 'it is being written just now' };
  const content = bytes.subarray(0, length);
  const hash = createHash('sha256').update(content).digest('hex');
  try {
    return { hash, text: new TextDecoder('utf-8', { fatal: true }).decode(content) };
  } catch {
    return { refused: 'it is no UTF-8 text' };
  }
}

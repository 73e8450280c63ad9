import { isUtf8 } from 'node:buffer';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { openInside, PathRefused, type Places } from '../working-directory/contract.js';

const longest = 256 * 1024;

/** The text of a file in the working directory, or why there is none to show. */
export type FileText = { text: string } | { missing: string; expected: boolean };

/** Reads a file as tools do: links resolved, nothing outside of the working directory, no secrets, 256 KiB at most. */
export async function fileText(path: string, places: Places): Promise<FileText> {
  // Most folders have no such file; this look costs microseconds, opening it several trips to another thread.
  if (!existsSync(resolve(places.cwd, path))) return { missing: `${path} does not exist`, expected: true };
  try {
    const { handle, kind, stats } = await openInside(path, places);
    try {
      if (kind !== 'file') return { missing: `${path} is a folder`, expected: false };
      if (stats.size > longest) return { missing: `${path} is larger than 256 KiB`, expected: false };
      const buffer = Buffer.alloc(longest + 1);
      const bytes = buffer.subarray(0, await fill(buffer, (into, at) => handle.read(into, at, into.length - at, at)));
      if (bytes.length > longest) return { missing: `${path} is larger than 256 KiB`, expected: false };
      if (!isUtf8(bytes) || bytes.includes(0)) return { missing: `${path} is no UTF-8 text`, expected: false };
      return { text: bytes.toString('utf8').replace(/^\uFEFF/, '') };
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    if (thrown instanceof PathRefused) return { missing: thrown.message, expected: thrown.code === 'missing' };
    throw thrown;
  }
}

/** Files of `/sys` and the like have no size: reads until the end or until the buffer is full. */
async function fill(buffer: Buffer, read: (into: Buffer, at: number) => Promise<{ bytesRead: number }>): Promise<number> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await read(buffer, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

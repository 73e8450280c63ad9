import { stat } from 'node:fs/promises';
import type { ToolContext } from 'dispatch/kernel';
import { PathRefused, type WorkingFiles } from '../working-directory/contract.js';
import type { Document } from './documents.js';

/** Larger files are not given to servers. */
const largest = 4 * 1024 * 1024;

const stampOf = ({ mtimeMs, size, ino }: { mtimeMs: number; size: number; ino: number }): string => `${mtimeMs} ${size} ${ino}`;

/** What tells whether a file has changed; undefined when it is gone. */
export async function stampNow(path: string): Promise<string | undefined> {
  const stats = await stat(path).catch(() => undefined);
  return stats && stampOf(stats);
}

/** Reads a text file of the working directory. Rejects with a `PathRefused` for anything else. */
export async function readDocument(files: WorkingFiles, asked: string, { cwd }: Pick<ToolContext, 'cwd'>): Promise<Document> {
  const opened = await files.open(asked, { cwd, readableRoots: [] });
  try {
    const { stats, path, shown } = opened;
    if (opened.kind !== 'file') throw new PathRefused('kind', `${asked} is a folder; name a file`);
    if (stats.size > largest)
      throw new PathRefused('unfit', `${asked} has ${stats.size} bytes; language servers are given files of at most ${largest} bytes`);
    const content = await opened.handle.readFile();
    if (content.includes(0)) throw new PathRefused('unfit', `${asked} is a binary file, not text`);
    return { path, shown, text: plain(content.toString('utf8')), stamp: stampOf(stats) };
  } finally {
    await opened.handle.close();
  }
}

/** Without the mark of its byte order, which no server counts. */
export const plain = (text: string): string => text.replace(/^\uFEFF/, '');

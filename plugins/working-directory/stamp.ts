import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';

/** What a file was like at one moment, as far as somebody knew it. */
export interface Stamp {
  ino: number;
  size: number;
  mtimeMs: number;
  /** SHA-256 of its whole content, where that was seen. */
  hash?: string;
}

export const stampOf = ({ ino, size, mtimeMs }: Stats, content?: Buffer): Stamp => ({
  ino,
  size,
  mtimeMs,
  hash: content && hashOf(content),
});

export const hashOf = (content: Buffer): string => createHash('sha256').update(content).digest('base64');

/** Whether it is, by what the system says of it, still the very same file. */
export const sameFile = (a: Stamp, b: Stamp): boolean => a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs;

import { PathRefused } from './path-refused.js';

/** The system's word for what went wrong. */
export const codeOf = (thrown: unknown): string => (thrown as NodeJS.ErrnoException).code ?? 'unknown';

export const outside = (asked: string, cwd: string): PathRefused =>
  new PathRefused('outside', `outside the working directory: ${asked} (only files in ${cwd} can be opened)`);

export const special = (asked: string): PathRefused =>
  new PathRefused('kind', `${asked} is neither a file nor a folder but a pipe, socket or device; it is not opened`);

const reasons: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ELOOP: 'its symbolic links go round in a loop, or changed while it was opened',
  ENOTDIR: 'a part of the path is a file, not a folder',
  ENAMETOOLONG: 'the name is longer than the file system allows',
  EMFILE: 'too many files are open just now; try again',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be larger than this server may write',
  EIO: 'the disk failed',
};
const why = (cause: unknown): string => reasons[codeOf(cause)] ?? codeOf(cause);

export const unreadable = (asked: string, cause: unknown): PathRefused =>
  new PathRefused('unreadable', `cannot open ${asked}: ${why(cause)}`, { cause });

/** `existed`: whether there is an old file, which then is as it was. */
export const unwritten = (asked: string, cause: unknown, existed: boolean): PathRefused =>
  new PathRefused('unwritten', `cannot write ${asked}: ${why(cause)}. ${existed ? 'The file is as it was' : 'Nothing was written'}`, {
    cause,
  });

export const swapped = (asked: string): PathRefused =>
  new PathRefused('conflict', `${asked} was replaced by something else just now, so nothing was changed; read it again, then try again`);

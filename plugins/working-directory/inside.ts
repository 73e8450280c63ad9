import { isAbsolute, relative, resolve, sep } from 'node:path';

/** Whether an absolute, resolved path is the root itself or lies under it. `/work-x` is not inside `/work`. */
export function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/** The innermost of the roots that holds the path, or undefined. */
export function rootOf(roots: readonly string[], path: string): string | undefined {
  return roots.filter((root) => isInside(root, path)).sort((a, b) => b.length - a.length)[0];
}

/** What is wrong with the spelling of a path, or undefined. Names are literal: `~` and wildcards mean nothing. */
export function misspelt(asked: string): string | undefined {
  if (asked === '') return 'the path is empty; name a file, or "." for the working directory';
  if (asked.includes('\0')) return 'the path holds a NUL character, which no file name can';
  return undefined;
}

/** Whether a path means a home directory in a shell. Refused, so that nobody takes `~/x` for a name in the home. */
export const meansHome = (asked: string): boolean => /^~[A-Za-z0-9_-]*(\/|$)/.test(asked);

/** The absolute path that is asked for, `..` resolved by name. */
export const targetOf = (cwd: string, asked: string): string => resolve(cwd, asked);

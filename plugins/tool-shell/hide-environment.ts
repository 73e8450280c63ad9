import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/** Where bytes are to be overwritten, counted from the beginning of the environment. */
export interface Patch {
  offset: number;
  length: number;
}

/** The places of these variables' values in an environment as the system holds it. */
export function valuePatches(environ: Buffer, names: readonly string[]): Patch[] {
  const patches: Patch[] = [];
  for (let start = 0; start < environ.length; ) {
    const nul = environ.indexOf(0, start);
    const end = nul < 0 ? environ.length : nul;
    const equals = environ.indexOf(0x3d, start);
    if (equals > start && equals < end && names.includes(environ.toString('utf8', start, equals)))
      patches.push({ offset: equals + 1, length: end - equals - 1 });
    start = end + 1;
  }
  return patches;
}

/**
 * Any process of the same user can read the environment this one was started with (`/proc/<pid>/environ`), whatever it
 * hands to its children. This writes `*` over the values of these variables there; `process.env` keeps them. Throws
 * where the system does not let it; does nothing without `/proc`.
 */
export function hideEnvironment(names: readonly string[]): void {
  if (process.platform !== 'linux') return;
  const patches = valuePatches(readFileSync('/proc/self/environ'), names);
  if (patches.length === 0) return;
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const start = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[47]);
  if (!(start > 0)) throw new Error('the system does not tell where the environment lies');
  for (const name of names) {
    // Setting a variable moves it to memory of its own, so that what is overwritten is no longer read from.
    const value = process.env[name];
    if (value !== undefined) process.env[name] = value;
  }
  const memory = openSync('/proc/self/mem', 'r+');
  try {
    for (const { offset, length } of patches) writeSync(memory, Buffer.alloc(length, '*'), 0, length, start + offset);
  } finally {
    closeSync(memory);
  }
}

/** Stands before a word that yargs would take for more than a word. No argument of a process can hold it. */
const mark = '\u0000';

/**
 * The arguments with every plain word marked that yargs would not take for one: all that stand after `--`, which it
 * would keep from the commands, and `help`, which it would obey wherever it stands last.
 */
export function plainWords(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  const before = args.slice(0, end < 0 ? undefined : end).map((word) => (word === 'help' ? mark + word : word));
  return end < 0 ? before : [...before, ...args.slice(end + 1).map((word) => mark + word)];
}

/** The words as they were typed, in texts and lists of texts. */
export function unmarked<T>(value: T): T {
  if (typeof value === 'string') return value.replaceAll(mark, '') as T;
  return Array.isArray(value) ? (value.map(unmarked) as T) : value;
}

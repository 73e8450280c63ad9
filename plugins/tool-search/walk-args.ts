import type { SearchPlace } from './search-place.js';

/** A search that takes longer is ended, in milliseconds. */
export const timeoutMs = 20_000;

/**
 * How both tools walk: hidden files too, but nothing in `.git`; `.gitignore` counts also outside of a repository; links
 * are never followed.
 */
export const walkArgs = ({ excluded }: SearchPlace, includeIgnored = false): string[] => [
  ...['--hidden', '--no-follow', '--no-require-git', '--no-messages'],
  ...(includeIgnored ? ['--no-ignore'] : []),
  ...excluded,
];

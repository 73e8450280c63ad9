import type { Role } from 'dispatch/wire';

/** Messages that stay as they are when nobody says how many. */
export const usuallyKept = 10;

/**
 * Index of the first message that is kept: the newest `keep` of them, and as many before as it takes not to begin with
 * a tool's answer (also not behind an error that was noted in between), which would stand there without its call.
 */
export function firstKept(roles: readonly Role[], keep: number): number {
  let first = Math.max(0, roles.length - Math.max(0, Math.floor(keep)));
  while (first > 0 && beginsWithAnswer(roles, first)) first--;
  return first;
}

function beginsWithAnswer(roles: readonly Role[], first: number): boolean {
  let at = first;
  while (roles[at] === 'system') at++;
  return roles[at] === 'tool';
}

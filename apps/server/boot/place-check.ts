import type { Stats } from 'node:fs';

/** Whoever may write to a plugin's files may run commands as the user of this server. Says why not. Pure. */
export function ownerProblem({ uid, mode }: Pick<Stats, 'uid' | 'mode'>, user: number | undefined): string | undefined {
  if (user !== undefined && uid !== user && uid !== 0) return 'belongs to another user: make it your own (chown)';
  if ((mode & 0o002) !== 0) return 'may be written to by everybody: take that away (chmod o-w)';
  return undefined;
}

/** The same of a folder that holds plugins: where nobody can replace what belongs to others (`/tmp`), all may add. */
export const rootProblem = ({ uid, mode }: Pick<Stats, 'uid' | 'mode'>, user: number | undefined): string | undefined =>
  ownerProblem({ uid, mode: (mode & 0o1000) === 0 ? mode : mode & ~0o002 }, user);

import { type CliError, usageError } from './cli-error.js';

/** What to say to somebody who puts a secret on the command line: everybody on the machine can see it there. */
export const noKeys = (what: string): CliError =>
  usageError(
    `${what} is not taken: others can see the command line in the process list. Set DISPATCH_TOKEN for this command; provider keys belong to the server (DISPATCH_API_KEY or DISPATCH_API_KEY_FILE there)`,
  );

/** Words such as `sk-…` that are long enough to be nothing else. */
export const looksLikeKey = (word: string): boolean => /^(sk|key|api|token)[-_][\w-]{16,}$/i.test(word);

/** Refuses flags that would carry a secret, whatever the command. */
export function refuseKeys(args: readonly string[]): void {
  for (const arg of args) {
    if (arg === '--') return;
    if (/^--?(api[-_]?keys?|key|(auth|access|bearer)?[-_]?token|password|secret|credentials?)(=|$)/i.test(arg))
      throw noKeys(arg.replace(/=.*$/s, ''));
  }
}

import { execFile } from 'node:child_process';

const limitMs = 2_000;
/** Longest status that goes into a prompt. */
const longest = 8_192;

/**
 * Nothing in a repository may make git run something: a repository that came from elsewhere is only data. Locks are not
 * taken, so that a turn never disturbs what the user does there.
 */
const harmless = ['--no-pager', '--no-optional-locks', '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null'];
const quiet = { GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' };

/** The branch's name, or the short commit where none is checked out; undefined outside of a repository. */
export async function gitBranch(cwd: string, environment: Readonly<Record<string, string>>): Promise<string | undefined> {
  const branch = (await git(cwd, ['branch', '--show-current'], environment))?.trim();
  return branch === '' ? (await git(cwd, ['rev-parse', '--short', 'HEAD'], environment))?.trim() : branch;
}

/** `git status --short`; empty when nothing has changed, undefined outside of a repository. */
export async function gitStatus(cwd: string, environment: Readonly<Record<string, string>>): Promise<string | undefined> {
  const status = (await git(cwd, ['status', '--short', '--ignore-submodules=all'], environment))?.trimEnd();
  if (status === undefined || status.length <= longest) return status;
  const whole = status.slice(0, status.lastIndexOf('\n', longest));
  return `${whole}\n… and ${status.slice(whole.length + 1).split('\n').length} more`;
}

/** What git prints; undefined when it fails, takes too long, or is not there. No shell takes part. */
function git(cwd: string, words: readonly string[], environment: Readonly<Record<string, string>>): Promise<string | undefined> {
  // what a surrounding git told this server about another repository does not count here
  const own = Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('GIT_')));
  const options = { cwd, env: { ...own, ...quiet }, timeout: limitMs, killSignal: 'SIGKILL', maxBuffer: 4 * 1024 * 1024 } as const;
  return new Promise((resolve) => {
    execFile('git', [...harmless, ...words], options, (failure, printed) => resolve(failure ? undefined : printed)).stdin?.end();
  });
}

import { spawn } from 'node:child_process';
import { npmFailure } from './npm-failure.js';
import { PackageError } from './package-error.js';

/** A package with what it needs should be there within this, in milliseconds. */
const limitMs = 300_000;
/** What is kept of what npm says, in characters. */
const mostWords = 64_000;

/** Whatever the user's npm is set up to do: no scripts are run, and nothing is touched outside of the folder. */
const always = [
  ...['--ignore-scripts', '--no-global', '--no-workspaces', '--no-dry-run', '--no-audit', '--no-fund', '--no-update-notifier'],
  ...['--no-progress', '--no-bin-links', '--package-lock', '--save', '--legacy-peer-deps', '--omit=dev', '--loglevel=error'],
  ...['--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'],
];

/** Runs npm in a folder, without a shell. Rejects with a `PackageError` that says what was wrong. */
export async function npm(folder: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const [verb = '', ...rest] = args;
  const child = spawn('npm', [verb, ...always, `--prefix=${folder}`, ...rest], {
    cwd: folder,
    env: { ...env, npm_config_ignore_scripts: 'true' },
    stdio: ['ignore', 'ignore', 'pipe'],
    signal: AbortSignal.timeout(limitMs),
    killSignal: 'SIGKILL',
  });
  let said = '';
  child.stderr.on('data', (data) => (said = (said + data).slice(0, mostWords)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (cause: NodeJS.ErrnoException) => reject(new PackageError(whyNot(cause), { cause })));
    child.once('close', resolve);
  });
  if (code === null) throw new PackageError('npm was ended by somebody else');
  if (code !== 0) throw new PackageError(npmFailure(said, rest.at(-1) ?? ''));
}

function whyNot({ name, code, message }: NodeJS.ErrnoException): string {
  if (name === 'AbortError') return `npm did not end within ${limitMs / 60_000} minutes`;
  return code === 'ENOENT' ? 'npm was not found; it comes with Node.js, and installs packages' : `npm did not start: ${message}`;
}

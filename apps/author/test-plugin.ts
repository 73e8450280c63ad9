import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProcessSecrets } from '../server/boot/process-secrets.js';
import { type Check, check, type Trial, type TrialNews, type TrialOrder, trialOf } from './checks.js';
import { inspectPlugin } from './inspect-plugin.js';
import { staticChecks } from './static-checks.js';

export interface TrialWish {
  /** The plugin's folder or file, relative to `cwd`. */
  path: string;
  cwd: string;
  /** Whether its tools may be called, with input that fits their schemas and with input that does not. */
  calls: boolean;
  /** Version of this Dispatch. */
  version: string;
  /** The folder of the build, as a URL. */
  build: URL;
  /** Told of each check as it is done. */
  done?(check: Check): void;
  /** Milliseconds without a word after which its process is ended; nothing that is limited takes so long. */
  silenceMs?: number;
  /** Milliseconds that a tool may take to answer. */
  patienceMs?: number;
}

/**
 * Tries a plugin in a process of its own, with a host but without a server. Throws where there is no plugin to try, or
 * more than one.
 */
export async function testPlugin({
  path,
  cwd,
  calls,
  version,
  build,
  done,
  silenceMs = 30_000,
  patienceMs = 5_000,
}: TrialWish): Promise<Trial> {
  const [inspected, ...others] = await inspectPlugin(path, cwd, version);
  if (!inspected) throw new Error(`${path} has no plugin in it`);
  if (others.length > 0)
    throw new Error(`${path} has several plugins: name one of ${[inspected, ...others].map(({ source }) => source).join(', ')}`);
  const checks: Check[] = [];
  const add = (each: Check) => {
    checks.push(each);
    done?.(each);
  };
  for (const each of staticChecks(inspected)) add(each);
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'dispatch-trial-')));
  try {
    const child = begun({ source: inspected.source, calls, patienceMs }, build, home);
    return trialOf(inspected.source, checks, await followed(child, add, silenceMs));
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function begun(order: TrialOrder, build: URL, home: string): ChildProcess {
  const cwd = join(home, 'work');
  mkdirSync(cwd);
  return fork(new URL('apps/author/trial/main.js', build), [JSON.stringify(order)], {
    ...{ cwd, execArgv: ['--expose-gc'], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
    env: { ...new ProcessSecrets().withoutSecrets(process.env), HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: join(home, '.config') },
  });
}

/** Resolves when the process has ended, with whether the plugin ran. */
function followed(child: ChildProcess, add: (check: Check) => void, silenceMs: number): Promise<boolean> {
  let words = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data) => {
      words = (words + data).slice(-2_000);
    });
  return new Promise((resolve) => {
    let doing = 'it was begun';
    let runs: boolean | undefined;
    let silent = false;
    const kill = () => {
      silent = true;
      child.kill('SIGKILL');
    };
    let timer = setTimeout(kill, silenceMs);
    child.on('message', (news: TrialNews) => {
      clearTimeout(timer);
      timer = setTimeout(kill, silenceMs);
      if ('doing' in news) doing = news.doing;
      if ('check' in news) add(news.check);
      if ('done' in news) {
        runs = news.done.runs;
        child.kill('SIGKILL'); // whatever the plugin has left running
      }
    });
    child.once('error', (error) => {
      words = error.message;
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (runs !== undefined) return resolve(runs);
      const how = silent ? `it held up its process for ${silenceMs / 1000} s` : `its process ended (${signal ?? `exit code ${code}`})`;
      add(
        check(
          'stays alive while it is tried',
          `${how} while ${doing}, and so would a server${words.trim() ? `; it said: ${words.trim()}` : ''}`,
        ),
      );
      resolve(false);
    });
  });
}

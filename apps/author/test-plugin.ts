import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
}

/** Nothing takes so long; in milliseconds. */
const silenceMs = 45_000;

/**
 * Tries a plugin in a process of its own, with a host but without a server. Throws where there is no plugin to try, or
 * more than one.
 */
export async function testPlugin({ path, cwd, calls, version, build, done }: TrialWish): Promise<Trial> {
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
    await tried({ source: inspected.source, calls }, build, home, add);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
  return trialOf(inspected.source, checks);
}

async function tried(order: TrialOrder, build: URL, home: string, add: (check: Check) => void): Promise<void> {
  const cwd = join(home, 'work');
  mkdirSync(cwd);
  const child = fork(new URL('apps/author/trial/main.js', build), [JSON.stringify(order)], {
    ...{ cwd, execArgv: ['--expose-gc'], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
    env: { ...process.env, HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: join(home, '.config') },
  });
  let words = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (words = (words + data).slice(-2_000)));
  const ended = await followed(child, add);
  if (ended) add(check('stays alive while it is tried', `${ended}${words.trim() ? `; it said: ${words.trim()}` : ''}`));
}

/** Resolves with why it came to no end; undefined when it did. */
function followed(child: ChildProcess, add: (check: Check) => void): Promise<string | undefined> {
  return new Promise((resolve) => {
    let doing = 'it was begun';
    let [finished, silent] = [false, false];
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
        finished = true;
        child.kill('SIGKILL'); // whatever the plugin has left running
      }
    });
    child.once('error', (error) => resolve(`the process could not be started: ${error.message}`));
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (finished) return resolve(undefined);
      const how = silent ? `it held up its process for ${silenceMs / 1000} s` : `it ended its process (${signal ?? `exit code ${code}`})`;
      resolve(`${how} while ${doing}; in a server it would have taken everything with it`);
    });
  });
}

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from '@jest/globals';
import { type RealServer, root } from './real-server.fixture.js';

export const cliFile = join(root, 'dist/apps/cli/main.js');

/**
 * `script` lends a terminal; it belongs to util-linux. Without it these tests are skipped: what they check is checked
 * without a terminal, too, beside the code.
 */
const scriptFile = '/usr/bin/script';
export const hasTerminal = existsSync(scriptFile) && process.platform === 'linux';
export const onTerminal = hasTerminal ? test : test.skip;

export interface Outcome {
  code: number | null;
  out: string;
  err: string;
}
export interface CliOptions {
  env?: Record<string, string>;
  cwd?: string;
  input?: string;
}

const environment = (server: RealServer, env: Record<string, string> = {}): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: join(server.cwd, '.home'),
  DISPATCH_SERVER: server.url,
  DISPATCH_DATA_DIR: server.dataDir,
  ...env,
});

/** The built command line, begun; in a pipe. */
export function begin(server: RealServer, args: readonly string[], { env, cwd = server.cwd }: CliOptions = {}): Running {
  return new Running(spawn(process.execPath, [cliFile, ...args], { cwd, env: environment(server, env) }));
}

/** The built command line, run to its end. */
export async function run(server: RealServer, args: readonly string[], options: CliOptions = {}): Promise<Outcome> {
  const running = begin(server, args, options);
  running.child.stdin?.end(options.input ?? '');
  return running.ended;
}

/** The built command line on a terminal of its own, begun. What is typed goes to its standard input. */
export function beginOnTerminal(server: RealServer, args: readonly string[], options: CliOptions & { columns?: number } = {}): Running {
  const { env, cwd = server.cwd, columns = 80 } = options;
  const words = [process.execPath, cliFile, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const line = `stty cols ${columns} -echo; exec ${words.join(' ')}`;
  return new Running(
    spawn(scriptFile, ['-qefc', line, '/dev/null'], { cwd, env: environment(server, { TERM: 'xterm', SHELL: '/bin/sh', ...env }) }),
  );
}

/** As `run`, on a terminal. Both outputs are one there. */
export async function runOnTerminal(server: RealServer, args: readonly string[], options: CliOptions & { columns?: number } = {}) {
  const running = beginOnTerminal(server, args, options);
  if (options.input !== undefined) running.child.stdin?.write(`${options.input}\n\u0004`);
  const { code, out } = await running.ended;
  running.child.stdin?.destroy();
  return { code, out: out.replaceAll('\r\n', '\n') };
}

/** A command line that runs. */
export class Running {
  out = '';
  err = '';
  readonly ended: Promise<Outcome>;
  private readonly waiting = new Set<() => void>();

  constructor(readonly child: ChildProcess) {
    child.stdin?.on('error', () => undefined); // it may have ended before it read what it was given
    child.stdout?.on('data', (data) => {
      this.out += data;
      this.heard();
    });
    child.stderr?.on('data', (data) => {
      this.err += data;
      this.heard();
    });
    this.ended = new Promise((resolve) =>
      child.once('close', (code) => {
        resolve({ code, out: this.out, err: this.err });
        this.heard();
      }),
    );
  }

  /** Resolves when it has said this, or has ended. */
  async said(words: string): Promise<void> {
    while (!(this.out + this.err).includes(words) && this.child.exitCode === null && this.child.signalCode === null)
      await new Promise<void>((resolve) => this.waiting.add(resolve));
  }

  private heard(): void {
    for (const each of this.waiting) each();
    this.waiting.clear();
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';

export interface RipgrepRequest {
  program: string;
  /** Handed over as they are; no shell reads them. */
  args: readonly string[];
  cwd: string;
  /** Descriptor of an open file that is searched instead of a folder. */
  input?: number;
  timeoutMs: number;
  signal: AbortSignal;
  /** Takes what ripgrep prints, piece by piece; false when that is enough. */
  take(text: string): boolean;
}

/** How a search ended. `end`: by itself, with its exit code and what it complained of. */
export type RipgrepEnd = { why: 'end'; code: number; problem: string } | { why: 'enough' | 'timeout' | 'stopped' };

const mostComplaints = 4000;

/** Only what a program needs to run: no key of the server, and no configuration of ripgrep's own, which could name a program. */
const environment = (): Record<string, string> => {
  const { PATH = '', HOME = '', LANG = 'C.UTF-8' } = process.env;
  return { PATH, HOME, LANG };
};

/** Runs one search. The process is gone when this resolves; it rejects when it cannot be started. */
export function runRipgrep({ program, args, cwd, input, timeoutMs, signal, take }: RipgrepRequest): Promise<RipgrepEnd> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return resolve({ why: 'stopped' });
    const child = spawn(program, ['--no-config', ...args], {
      cwd,
      env: environment(),
      stdio: [input ?? 'ignore', 'pipe', 'pipe'],
    });
    let early: 'enough' | 'timeout' | 'stopped' | undefined;
    const end = (why: typeof early) => {
      early ??= why;
      child.kill('SIGKILL');
    };
    const timer = setTimeout(() => end('timeout'), timeoutMs);
    const stop = () => end('stopped');
    signal.addEventListener('abort', stop, { once: true });
    const problem = followed(child, (text) => {
      if (early === undefined && !take(text)) end('enough');
    });
    const over = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    };
    child.once('error', (thrown) => {
      over();
      reject(thrown);
    });
    child.once('close', (code) => {
      over();
      resolve(early ? { why: early } : { why: 'end', code: code ?? -1, problem: problem() });
    });
  });
}

/** Hands on what the child prints; answers how to ask what it complained of. */
function followed(child: ChildProcess, take: (text: string) => void): () => string {
  const decoder = new StringDecoder('utf8');
  let complaints = '';
  child.stdout?.on('data', (bytes: Buffer) => take(decoder.write(bytes)));
  child.stderr?.on('data', (bytes: Buffer) => {
    if (complaints.length < mostComplaints) complaints += bytes.toString('utf8').slice(0, mostComplaints);
  });
  for (const stream of [child.stdout, child.stderr]) stream?.on('error', () => undefined);
  return () => complaints.trim();
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as wait } from 'node:timers/promises';
import { type CommandTree, endTree } from './command-tree.js';
import { LiveOutput, type Show } from './live-output.js';
import { outputPipes } from './output-pipes.js';
import { PlainText, settled } from './plain-text.js';
import { startIn } from './processes.js';
import { Transcript } from './transcript.js';

export interface CommandRequest {
  command: string;
  cwd: string;
  /** The whole environment, the mark included. */
  env: Record<string, string>;
  /** What the environment marks the command's processes with. */
  mark: string;
  timeoutMs: number;
  signal: AbortSignal;
  show: Show;
  /** Holds the command's processes for as long as there may be any. */
  living: Set<CommandTree>;
}

export type Ending = { kind: 'exit'; code: number } | { kind: 'signal'; signal: string } | { kind: 'timeout' } | { kind: 'stopped' };

export interface CommandResult {
  /** Both outputs in the order they came, fit to read. */
  output: string;
  ending: Ending;
  /** Processes that could not be ended. */
  survivors: number[];
}

/** Characters kept of the beginning of the output, and of its end. */
const keptSide = 512 * 1024;
const patience = { graceMs: 250, limitMs: 10_000, cleanPasses: 2 };
/** How long outputs may stay open after the last process, in milliseconds. */
const lastWords = 1000;

/**
 * The shell that runs the command is not this process's child but its grandchild: `$PPID` in a command is then a shell
 * with a clean environment, and ending it does not end the server.
 */
const launcher = 'sh -c "$0"\nexit $?';

/**
 * Runs a command with `sh -c` in a process group of its own, without input. When it ends, times out or is stopped, every
 * process it started is ended before this resolves. Rejects when the shell cannot be started.
 */
export async function runCommand(request: CommandRequest): Promise<CommandResult> {
  const { cwd, env, mark, signal } = request;
  const pipes = await outputPipes();
  // A shell takes what begins with a dash for options.
  const command = /^[-+]/.test(request.command) ? ` ${request.command}` : request.command;
  const transcript = new Transcript(keptSide);
  const live = new LiveOutput(request.show);

  let child: ChildProcess;
  const readers: Readable[] = pipes ? [...pipes.readers] : [];
  try {
    child = spawn('sh', ['-c', launcher, command], {
      cwd,
      env,
      detached: true,
      stdio: pipes ? ['ignore', ...pipes.writers] : ['ignore', 'pipe', 'pipe'],
    });
    if (!pipes) readers.push(child.stdout as Readable, child.stderr as Readable);
  } catch (error) {
    for (const reader of readers) reader.destroy();
    throw error;
  } finally {
    pipes?.closeWriters();
  }
  const { pid: leader } = child;
  if (leader === undefined) {
    for (const reader of readers) reader.destroy();
    throw (await once(child, 'error'))[0];
  }
  const tree = { leader, startedAt: startOf(leader), mark, outputs: pipes?.names ?? [] };
  request.living.add(tree);
  const over = ended(child, request.timeoutMs, signal);
  const closed = Promise.all([
    follow(readers[0] as Readable, 'stdout', transcript, live),
    follow(readers[1] as Readable, 'stderr', transcript, live),
  ]);

  const ending = await over;
  const survivors = await endTree(tree, patience).finally(() => request.living.delete(tree));
  const late = new AbortController();
  await Promise.race([closed, wait(lastWords, undefined, { signal: late.signal }).catch(() => undefined)]);
  late.abort();
  for (const reader of readers) reader.destroy();
  live.flush();
  return { output: settled(transcript.text()), ending, survivors };
}

/** How the command ends, whichever comes first. */
function ended(child: ChildProcess, timeoutMs: number, signal: AbortSignal): Promise<Ending> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => done({ kind: 'timeout' }), timeoutMs);
    const stop = () => done({ kind: 'stopped' });
    const done = (ending: Ending) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      resolve(ending);
    };
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    child.on('exit', (code, killed) => done(killed ? { kind: 'signal', signal: killed } : { kind: 'exit', code: code ?? 0 }));
    child.on('error', () => undefined);
  });
}

/** Takes one output until it closes; characters and escape sequences that come in pieces stay whole. */
function follow(reader: Readable, stream: 'stdout' | 'stderr', transcript: Transcript, live: LiveOutput) {
  const decoder = new StringDecoder('utf8');
  const plain = new PlainText();
  const put = (text: string) => {
    transcript.add(text);
    live.add(text, stream);
  };
  return new Promise<void>((resolve) => {
    reader.on('data', (chunk: Buffer) => {
      put(plain.take(decoder.write(chunk)));
      if (!live.full) return;
      // A flood takes turns with everything else the server does.
      reader.pause();
      setImmediate(() => reader.resume());
    });
    reader.on('error', () => undefined);
    reader.once('close', () => {
      put(plain.take(decoder.end()) + plain.end());
      resolve();
    });
  });
}

/** The child is not reaped before the next turn of the event loop, so its line is there even if it has ended. */
function startOf(pid: number): string {
  try {
    return startIn(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return '0';
  }
}

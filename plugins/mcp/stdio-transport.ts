import { type ChildProcess, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { LastWords, type OwnedProcesses, ownerName } from '../child-processes/contract.js';
import { answeredId, LineReader } from './line-reader.js';

export interface StdioOptions {
  command: string;
  args: readonly string[];
  cwd: string;
  /** The whole environment but the mark. */
  env: Readonly<Record<string, string>>;
  /** Bytes of one message at most, either way. */
  messageLimit: number;
  processes: OwnedProcesses;
  /** Makes a message of a line; throws where it is none. */
  parse(text: string): JSONRPCMessage;
}

/** Lines in a row that are no message before a server is given up. */
const mostNonsense = 1_000;
/** Times the message limit that one line may be skipped. */
const mostSkipped = 32;
/** Milliseconds a server has to end by itself once its input is closed, and its outputs to close once it has ended. */
const leaveMs = 300;

/**
 * A server on the pipes of a child process. Unlike the library's own transport it bounds what it holds: a line over the
 * limit is answered for and skipped, a flood takes turns with everything else, a server that does not read is ended. The
 * child leads a group of its own and bears a mark, so that nothing of it is left when this is closed.
 */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  /** Why it ended by itself; set before `onclose`. */
  ended: string | undefined;
  private child: ChildProcess | undefined;
  private mark = '';
  private closing: Promise<void> | undefined;
  private nonsense = 0;
  private readonly words = new LastWords();

  constructor(private readonly options: StdioOptions) {}

  async start(): Promise<void> {
    const { command, args, cwd, env, processes } = this.options;
    if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) throw new Error(`its working directory ${cwd} does not exist`);
    this.mark = await processes.newMark();
    if (this.closing) throw new Error('it was stopped');
    const child = spawn(command, args, { cwd, env: { ...env, [ownerName]: this.mark }, detached: true, stdio: 'pipe', shell: false });
    this.child = child;
    const started = new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error: NodeJS.ErrnoException) => reject(new Error(notStarted(command, error))));
    });
    child.on('error', () => undefined);
    child.stdin.on('error', () => undefined);
    child.stderr.on('error', () => undefined).on('data', (data: Buffer) => this.words.add(data));
    this.read(child.stdout);
    child.once('exit', (code, killed) => {
      const why = killed ? `it was ended by ${killed}` : `it ended by itself with exit code ${code}`;
      // What it has said before is still on its way.
      const late = setTimeout(() => this.end(why), leaveMs);
      child.stdout.once('close', () => {
        clearTimeout(late);
        this.end(why);
      });
    });
    await started;
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const { child, options } = this;
    if (!child || this.closing || !child.stdin?.writable) throw new Error(this.ended ?? 'it is not running');
    const line = `${JSON.stringify(message)}\n`;
    if (line.length > options.messageLimit) throw new Error(`a message of ${line.length} characters is too long for a server`);
    child.stdin.write(line);
    if (child.stdin.writableLength > 2 * options.messageLimit) this.end('it does not read what it is sent');
  }

  close(): Promise<void> {
    this.end();
    return this.closing ?? Promise.resolve();
  }

  /** The last it wrote to its error output, as the end of a sentence. */
  lastWords(): string {
    return this.words.said();
  }

  /** Ends the connection, once: those who wait are told at once, the processes are ended behind that. */
  private end(why?: string): void {
    if (this.closing) return;
    if (why !== undefined) this.ended = why + this.lastWords();
    this.closing = this.endProcesses();
    this.onclose?.();
  }

  private async endProcesses(): Promise<void> {
    const { child } = this;
    if (child?.pid === undefined) return;
    child.stdout?.removeAllListeners('data').resume();
    child.stdin?.end();
    if (child.exitCode === null && child.signalCode === null) {
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, leaveMs);
        child.once('exit', () => {
          clearTimeout(late);
          resolve();
        });
      });
    }
    await this.options.processes.end(child.pid, this.mark);
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
  }

  private read(output: Readable): void {
    const { messageLimit } = this.options;
    const reader = new LineReader(messageLimit, {
      line: (bytes) => this.take(bytes),
      tooLong: (head, tail) => this.skipped(answeredId(head, tail)),
    });
    output.on('error', () => undefined);
    output.on('data', (chunk: Buffer) => {
      reader.add(chunk);
      if (reader.open > mostSkipped * messageLimit) return this.end(`it wrote more than ${reader.open} bytes without a line end`);
      // A flood takes turns with everything else the server does.
      output.pause();
      setImmediate(() => output.resume());
    });
  }

  private take(bytes: Buffer): void {
    if (this.closing) return;
    let message: JSONRPCMessage;
    try {
      message = this.options.parse(bytes.toString('utf8'));
    } catch {
      this.nonsense++;
      if (this.nonsense > mostNonsense) this.end(`it wrote ${this.nonsense} lines in a row that are no message of the protocol`);
      return;
    }
    this.nonsense = 0;
    this.onmessage?.(message);
  }

  /** An answer that is too large becomes an error; anything else of that size cannot be told apart, and is the end. */
  private skipped(id: number | undefined): void {
    const size = `larger than ${this.options.messageLimit.toLocaleString('en')} bytes`;
    if (id === undefined) return this.end(`it sent a message ${size}`);
    this.onmessage?.({ jsonrpc: '2.0', id, error: { code: -32_000, message: `the answer is ${size}; ask for less` } });
  }
}

function notStarted(command: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT')
    return `the command ${JSON.stringify(command)} was not found; no shell is used, so it must be one program, its arguments in "args"`;
  if (code === 'EACCES') return `the command ${JSON.stringify(command)} may not be run`;
  return `the command ${JSON.stringify(command)} could not be started: ${message}`;
}

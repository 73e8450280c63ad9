import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { LastWords, type OwnedProcesses, ownerName } from '../child-processes/contract.js';

export interface ProcessOptions {
  /** Absolute path of the program. */
  program: string;
  args: readonly string[];
  cwd: string;
  /** The whole environment but the mark. */
  env: Readonly<Record<string, string>>;
  processes: OwnedProcesses;
}

/** Milliseconds a server has to end by itself once it was told to, and its outputs to close once it has ended. */
const leaveMs = 300;

/**
 * A server as a child process on pipes. It leads a group of its own and bears a mark, so that nothing of it is left when
 * this is ended.
 */
export class ServerProcess {
  /** Resolves when it has ended, by itself or not. */
  readonly ended: Promise<void>;
  /** Why it ended; set before `ended`. */
  why: string | undefined;
  private tell: () => void = () => undefined;
  private closing: Promise<void> | undefined;
  private readonly words = new LastWords();

  private constructor(
    private readonly child: ChildProcess,
    private readonly mark: string,
    private readonly processes: OwnedProcesses,
  ) {
    this.ended = new Promise((resolve) => {
      this.tell = resolve;
    });
    child.on('error', () => undefined);
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.on('error', () => undefined);
    child.stderr?.on('data', (data: Buffer) => this.words.add(data));
    child.once('exit', (code, killed) => {
      const why = killed ? `it was ended by ${killed}` : `it ended by itself with exit code ${code}`;
      // What it has said before is still on its way.
      const late = setTimeout(() => this.end(why), leaveMs);
      child.stdout?.once('close', () => {
        clearTimeout(late);
        this.end(why);
      });
    });
  }

  /** Rejects with a sentence when it cannot be started. */
  static async start({ program, args, cwd, env, processes }: ProcessOptions): Promise<ServerProcess> {
    const mark = await processes.newMark();
    const child = spawn(program, args, { cwd, env: { ...env, [ownerName]: mark }, detached: true, stdio: 'pipe', shell: false });
    const started = new ServerProcess(child, mark, processes);
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (error) => reject(new Error(`${program} could not be started: ${error.message}`)));
    });
    return started;
  }

  get input(): Writable {
    return this.child.stdin as Writable;
  }

  get output(): Readable {
    return this.child.stdout as Readable;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Ends it with everything it has started, once: `ended` resolves at once, this when nothing of it is left. */
  end(why = 'it was ended'): Promise<void> {
    if (!this.closing) {
      this.why = why + this.words.said();
      this.closing = this.endProcesses();
      this.tell();
    }
    return this.closing;
  }

  private async endProcesses(): Promise<void> {
    const { child } = this;
    if (child.pid === undefined) return;
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
    await this.processes.end(child.pid, this.mark);
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
  }
}

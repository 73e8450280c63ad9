import { stat } from 'node:fs/promises';
import { Config, inject, Logger, messageOf, plugin, Secrets, type Tool, type ToolAnswer, type ToolContext, Tools } from 'dispatch/kernel';
import { type CommandTree, endOrphans } from './command-tree.js';
import { hideEnvironment } from './hide-environment.js';
import { killNow } from './kill-now.js';
import { markerName, newMark, withOuterMarks } from './marker.js';
import { processOf } from './processes.js';
import { type CommandResult, type Ending, runCommand } from './run-command.js';

interface Input {
  command: string;
  timeout?: number;
}

/** Nothing may wait for a person who is not there. */
const unattended = { GIT_TERMINAL_PROMPT: '0', SSH_ASKPASS_REQUIRE: 'never', DEBIAN_FRONTEND: 'noninteractive' };

/** `run_shell`: a command in the working directory, and nothing of it left when it has answered. */
@plugin({ id: 'tool-shell', version: '0.1.0', provides: Tools, capabilities: ['processes'] })
export class ShellTool implements Tool {
  readonly name = 'run_shell';
  readonly description =
    'Run a command with sh -c in the working directory. It has no terminal and no input. The answer holds both outputs as they came, and the exit code. Background processes are ended with the command.';
  readonly input = {
    type: 'object',
    properties: {
      command: { type: 'string', minLength: 1, description: 'What sh -c gets.' },
      timeout: {
        type: 'integer',
        minimum: 1,
        maximum: 3_600_000,
        default: 120_000,
        description: 'Milliseconds after which the command is ended.',
      },
    },
    required: ['command'],
    additionalProperties: false,
  };
  private readonly running = new Map<AbortController, Promise<unknown>>();
  private readonly living = new Set<CommandTree>();
  private stopping = false;
  /** What an earlier server left running is ended; no command begins before. */
  private swept: Promise<void> = Promise.resolve();
  /** A process that exits without stopping first (a second signal) takes its commands with it. */
  private readonly exits = () => killNow(this.living);

  constructor(
    @inject(Config) private readonly config: Config,
    @inject(Secrets) private readonly secrets: Secrets,
    @inject(Logger) private readonly logger: Logger,
  ) {}

  /** Hides this process's secrets from its children, and ends what an earlier server left running. */
  start(): void {
    process.on('exit', this.exits);
    const open = this.secrets.withoutSecrets(process.env);
    try {
      hideEnvironment(Object.keys(process.env).filter((name) => !(name in open)));
    } catch (error) {
      this.logger.warn(`secrets in the server's environment can be read by commands: ${messageOf(error)}`);
    }
    this.swept = this.sweep().catch((thrown: unknown) =>
      this.logger.warn(`what an earlier server left running could not be looked for: ${messageOf(thrown)}`),
    );
  }

  private async sweep(): Promise<void> {
    const patience = { graceMs: 500, limitMs: 5000, cleanPasses: 1 };
    const orphans = await endOrphans(this.config.text('dataDir'), patience);
    if (orphans > 0) this.logger.warn(`ended ${orphans} processes that commands of an earlier server had left running`);
  }

  /** Ends every running command. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const controller of this.running.keys()) controller.abort();
    await Promise.allSettled([this.swept, ...this.running.values()]);
    process.off('exit', this.exits);
  }

  async execute({ command, timeout = 120_000 }: Input, context: ToolContext): Promise<ToolAnswer> {
    const wrong = await this.refusal(command, context.cwd);
    if (wrong) return failure(wrong);
    await this.swept;
    const mark = newMark({
      dataDir: this.config.text('dataDir'),
      pid: process.pid,
      startedAt: (await processOf(process.pid))?.startedAt ?? '',
    });
    const env = {
      ...this.secrets.withoutSecrets(process.env),
      ...unattended,
      [markerName]: withOuterMarks(mark, process.env[markerName]),
    };
    const stopped = new AbortController();
    const stop = () => stopped.abort();
    context.signal.addEventListener('abort', stop);
    if (context.signal.aborted || this.stopping) stop();
    const run = runCommand({
      command,
      cwd: context.cwd,
      env,
      mark,
      timeoutMs: timeout,
      signal: stopped.signal,
      show: (data, stream) => context.output(data, stream),
      living: this.living,
    });
    this.running.set(stopped, run);
    try {
      return answer(await run, timeout);
    } catch (error) {
      return failure(notStarted(error));
    } finally {
      context.signal.removeEventListener('abort', stop);
      this.running.delete(stopped);
    }
  }

  /** Why a command is not even tried. */
  private async refusal(command: string, cwd: string): Promise<string | undefined> {
    if (this.stopping) return 'the server is stopping; no command is started any more';
    if (command.trim() === '') return 'the command is empty; say what to run';
    if (command.includes('\0')) return 'the command holds a NUL character, which no command can';
    const folder = await stat(cwd).catch(() => undefined);
    if (!folder?.isDirectory()) return `the working directory ${cwd} does not exist (any more); nothing was run`;
    return undefined;
  }
}

function answer({ output, ending, survivors }: CommandResult, timeout: number): ToolAnswer {
  const body = output === '' ? '(no output)\n' : output.endsWith('\n') ? output : `${output}\n`;
  const left = survivors.length > 0 ? `[could not end the processes ${survivors.join(', ')}]\n` : '';
  const content = `${body}${left}[${words(ending, timeout)}]`;
  // A command that fails by itself has still been run as asked.
  return { content, isError: ending.kind === 'timeout' || ending.kind === 'stopped' || survivors.length > 0 };
}

function words(ending: Ending, timeout: number): string {
  if (ending.kind === 'exit') return `exit code ${ending.code}`;
  if (ending.kind === 'signal') return `ended by ${ending.signal}`;
  if (ending.kind === 'timeout') return `ended after the timeout of ${timeout} ms; a longer one can be given`;
  return 'stopped before it had finished';
}

function notStarted(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'E2BIG') return 'the command is too long for the system; write it into a file and run that';
  if (code === 'ENOENT') return 'no shell: "sh" was not found on the PATH; nothing was run';
  return `the shell could not be started: ${messageOf(error)}`;
}

const failure = (content: string): ToolAnswer => ({ content, isError: true });

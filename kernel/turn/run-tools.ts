import type { Clock } from '../contracts/clock.js';
import type { Tool, ToolContext } from '../contracts/tool.js';
import { messageOf } from '../errors.js';
import type { Call } from './call-pieces.js';

export interface DispatchPolicy {
  /** How many tools may run at once; 0 = no cap. */
  maxConcurrent: number;
  /** Whether a tool starts as soon as its call is complete, or only when the step is. */
  eager: boolean;
}

export interface ToolOutcome {
  content: string;
  isError: boolean;
  durationMs: number;
}

export interface ToolRun {
  tools: readonly Tool[];
  policy: DispatchPolicy;
  clock: Clock;
  signal: AbortSignal;
  context: Omit<ToolContext, 'toolCallId' | 'signal' | 'output'>;
  output(toolCallId: string, data: string, stream: 'stdout' | 'stderr'): void;
  /** Says what is wrong with an input, by the tool's schema. */
  check(tool: Tool, input: unknown): string | undefined;
  /** Shortens a long result, keeping the whole elsewhere. */
  shorten(content: string, toolCallId: string): Promise<string> | string;
  /** A call that must be answered without being run, and with what. */
  refuse(call: Call): string | undefined;
  /** Told as soon as a call has its answer. */
  answered(call: Call, outcome: ToolOutcome): void;
}

/** How long a tool may take to end after an abort before it is answered for, in milliseconds. */
const abortGraceMs = 5_000;

/**
 * Runs the calls of one step. First come, first served: tools that are safe beside others run together up to the cap,
 * any other runs alone. Equal calls run once. Every call is answered, whatever happens.
 */
export class ToolRunner {
  private readonly waiting: { tool: Tool; go(): Promise<void> }[] = [];
  private readonly once = new Map<string, Promise<ToolOutcome>>();
  private readonly answers: Promise<void>[] = [];
  private running = 0;
  private alone = false;
  /** Whether any tool has begun. */
  started = false;

  constructor(private readonly run: ToolRun) {}

  /** Takes a call; it runs as soon as the rules allow. */
  call(call: Call): void {
    this.answers.push(this.outcomeOf(call).then((outcome) => this.run.answered(call, outcome)));
  }

  /** Resolves when every call taken so far has been answered. */
  async all(): Promise<void> {
    await Promise.all(this.answers);
  }

  private outcomeOf(call: Call): Promise<ToolOutcome> {
    const tool = this.run.tools.find((each) => each.name === call.name);
    const problem =
      call.problem ??
      (tool
        ? (this.run.check(tool, call.input) ?? this.run.refuse(call))
        : `there is no tool "${call.name}"; the tools are: ${this.run.tools.map((each) => each.name).join(', ')}`);
    if (problem !== undefined || !tool) return Promise.resolve({ content: problem ?? '', isError: true, durationMs: 0 });
    const key = keyOf(call);
    const same = this.once.get(key);
    if (same) return same;
    const outcome = new Promise<ToolOutcome>((resolve) => {
      this.waiting.push({ tool, go: async () => resolve(await this.execute(tool, call)) });
    });
    this.once.set(key, outcome);
    this.next();
    return outcome;
  }

  private next(): void {
    for (let head = this.waiting[0]; head && this.mayRun(head.tool); head = this.waiting[0]) {
      this.waiting.shift();
      this.running++;
      this.alone = head.tool.concurrencySafe !== true;
      this.started = true;
      void head.go().finally(() => {
        this.running--;
        this.alone = false;
        this.next();
      });
    }
  }

  private mayRun(tool: Tool): boolean {
    if (this.alone) return false;
    if (tool.concurrencySafe !== true) return this.running === 0;
    return this.run.policy.maxConcurrent === 0 || this.running < this.run.policy.maxConcurrent;
  }

  private async execute(tool: Tool, call: Call): Promise<ToolOutcome> {
    const { signal, clock } = this.run;
    const began = clock.elapsed();
    const outcome = async (): Promise<Omit<ToolOutcome, 'durationMs'>> => {
      if (signal.aborted) return aborted;
      const over = new AbortController();
      try {
        return await Promise.race([this.answerOf(tool, call), abandoned(clock, signal, over.signal)]);
      } catch (thrown) {
        return signal.aborted ? aborted : { content: messageOf(thrown), isError: true };
      } finally {
        over.abort();
      }
    };
    return { ...(await outcome()), durationMs: Math.round(clock.elapsed() - began) };
  }

  private async answerOf(tool: Tool, call: Call): Promise<Omit<ToolOutcome, 'durationMs'>> {
    const { context, signal, output, shorten } = this.run;
    const answer: unknown = await tool.execute(call.input, {
      ...context,
      toolCallId: call.id,
      signal,
      output: (data, stream) => output(call.id, data, stream),
    });
    if (signal.aborted) return aborted;
    if (typeof answer === 'string') return { content: await shorten(answer, call.id), isError: false };
    const { content, isError } = (answer ?? {}) as { content?: unknown; isError?: unknown };
    if (typeof content !== 'string')
      return { content: `the tool "${tool.name}" answered neither a text nor { content, isError }`, isError: true };
    return { content: await shorten(content, call.id), isError: isError === true };
  }
}

const aborted = { content: 'aborted: the turn was stopped before this tool finished', isError: true };

/** Answers for a tool that does not end after an abort. Never resolves otherwise. */
async function abandoned(clock: Clock, signal: AbortSignal, over: AbortSignal): Promise<typeof aborted> {
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true, signal: over });
  });
  await clock.sleep(abortGraceMs, over);
  return aborted;
}

/** Calls with equal keys ask for the same thing. */
export const keyOf = (call: Pick<Call, 'name' | 'input'>): string => `${call.name} ${JSON.stringify(call.input)}`;

import type { Told } from '../bus/events.js';
import type { Clock } from '../contracts/clock.js';
import type { Tool, ToolAnswer, ToolContext } from '../contracts/tool.js';
import { messageOf } from '../errors.js';
import type { ToolResultChunk } from '../wire/index.js';
import type { Call } from './call-pieces.js';

export interface DispatchPolicy {
  /** How many tools may run at once; 0 = no cap. */
  maxConcurrent: number;
  /** Whether a tool starts as soon as its call is complete, or only when the step is. */
  eager: boolean;
}

type Answer = Exclude<ToolAnswer, string>;
type Outcome = Answer & { durationMs: number };

/** What the tools of a turn work with. */
export interface ToolKit {
  tools: readonly Tool[];
  policy: DispatchPolicy;
  clock: Clock;
  context: Omit<ToolContext, 'toolCallId' | 'signal' | 'output'>;
  /** Says what is wrong with an input, by the tool's schema. */
  check(tool: Tool, input: unknown): string | undefined;
  /** Shortens a long result, keeping the whole elsewhere. */
  shorten(content: string, toolCallId: string): Promise<string> | string;
}

/** One step, as its tools see it. */
export interface ToolStep {
  stepId: string;
  signal: AbortSignal;
  /** What to answer to a call that must not be run. */
  refuse(call: Call): string | undefined;
  tell(event: Told): void;
}

/** How long a tool may take to end after an abort before it is answered for, in milliseconds. */
const abortGraceMs = 5_000;

/**
 * Runs the calls of one step. First come, first served: tools that are safe beside others run together up to the cap,
 * any other runs alone. Equal calls run once. Every call is answered, whatever happens.
 */
export class ToolRunner {
  private readonly waiting: { tool: Tool; go(): Promise<void> }[] = [];
  private readonly once = new Map<string, Promise<Outcome>>();
  private readonly results: Promise<ToolResultChunk>[] = [];
  private running = 0;
  private alone = false;

  constructor(
    private readonly kit: ToolKit,
    private readonly step: ToolStep,
  ) {}

  /** Takes a call; it runs as soon as the rules allow. */
  call(call: Call): void {
    this.results.push(this.answer(call));
  }

  /** Resolves when every call taken so far has been answered, in the order of the calls. */
  all(): Promise<ToolResultChunk[]> {
    return Promise.all(this.results);
  }

  private async answer(call: Call): Promise<ToolResultChunk> {
    const { stepId, tell } = this.step;
    const { durationMs, ...answer } = await this.outcomeOf(call).catch((thrown: unknown) => notRun(messageOf(thrown)));
    const result: ToolResultChunk = { type: 'tool-result', stepId, toolCallId: call.id, toolName: call.name, ...answer };
    tell({ ...result, stepId, durationMs });
    return result;
  }

  private async outcomeOf(call: Call): Promise<Outcome> {
    const { kit } = this;
    const tool = kit.tools.find((each) => each.name === call.name);
    if (!tool) return notRun(`there is no tool "${call.name}"; the tools are: ${kit.tools.map((each) => each.name).join(', ')}`);
    const problem = call.problem ?? kit.check(tool, call.input) ?? this.step.refuse(call);
    if (problem !== undefined) return notRun(problem);
    const key = keyOf(call);
    const same = this.once.get(key);
    if (same) return same;
    const outcome = new Promise<Outcome>((resolve, reject) => {
      this.waiting.push({ tool, go: () => this.execute(tool, call).then(resolve, reject) });
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
    return this.kit.policy.maxConcurrent === 0 || this.running < this.kit.policy.maxConcurrent;
  }

  private async execute(tool: Tool, call: Call): Promise<Outcome> {
    const { clock } = this.kit;
    const began = clock.elapsed();
    // a signal of its own for each call: many tools may listen without crowding the turn's
    const signal = AbortSignal.any([this.step.signal]);
    const over = new AbortController();
    try {
      const late = this.abandoned(signal, over.signal);
      const answer = signal.aborted ? aborted : await Promise.race([late, this.answerOf(tool, call, signal, over.signal)]);
      return { ...answer, durationMs: Math.round(clock.elapsed() - began) };
    } finally {
      over.abort(null);
    }
  }

  private async answerOf(tool: Tool, call: Call, signal: AbortSignal, over: AbortSignal): Promise<Answer> {
    const toolCallId = call.id;
    const output: ToolContext['output'] = (data, stream) => {
      if (!over.aborted) this.step.tell({ type: 'tool-output', toolCallId, data, stream });
    };
    const context = { ...this.kit.context, toolCallId, signal, output };
    const ran = async () => read(tool, await tool.execute(structuredClone(call.input), context));
    const { content, isError } = await ran().catch((thrown: unknown) => ({ content: messageOf(thrown), isError: true }));
    return signal.aborted ? aborted : { content: await this.kit.shorten(content, toolCallId), isError };
  }

  /** Answers for a tool that does not end after an abort. Never resolves otherwise. */
  private async abandoned(signal: AbortSignal, over: AbortSignal): Promise<Answer> {
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true, signal: over });
    });
    await this.kit.clock.sleep(abortGraceMs, over);
    return aborted;
  }
}

const aborted: Answer = { content: 'aborted: the turn was stopped before this tool finished', isError: true };

const notRun = (content: string): Outcome => ({ content, isError: true, durationMs: 0 });

/** A tool written without types may answer anything. */
function read(tool: Tool, answer: unknown): Answer {
  const { content, isError } = (typeof answer === 'string' ? { content: answer } : (answer ?? {})) as Record<keyof Answer, unknown>;
  if (typeof content === 'string') return { content, isError: isError === true };
  return { content: `the tool "${tool.name}" answered neither a text nor { content, isError }`, isError: true };
}

/** Calls with equal keys ask for the same thing, in whatever order the fields were written. */
export const keyOf = (call: Pick<Call, 'name' | 'input'>): string => `${call.name} ${JSON.stringify(call.input, sorted)}`;

const sorted = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort()) : value;

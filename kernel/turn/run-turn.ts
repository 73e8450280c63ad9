import type { Clock } from '../contracts/clock.js';
import type { Message, ProviderError, StepPart } from '../contracts/provider.js';
import type { Tool } from '../contracts/tool.js';
import type { StepMetrics, ToolResultChunk, TurnEvent, Usage } from '../wire/index.js';
import type { Call } from './call-pieces.js';
import { LoopGuard } from './loop-guard.js';
import { nextTry, providerErrorOf, type RetryPolicy } from './retry.js';
import { type Attempt, runStep, type Watchdog } from './run-step.js';
import { type ToolRun, ToolRunner } from './run-tools.js';
import { StepChunks } from './step-chunks.js';
import { addUsage } from './usage.js';

/** Everything a turn works with. The kernel has no I/O, clock or randomness of its own. */
export interface TurnInput {
  conversationId: string;
  turnId: string;
  /** The history, the new prompt last. */
  messages: readonly Message[];
  tools: readonly Tool[];
  /** Asks the model for one step. */
  stream(messages: readonly Message[], tools: readonly Tool[], signal: AbortSignal): AsyncIterable<StepPart>;
  /** Aborting it stops the turn; what there is stays. */
  signal: AbortSignal;
  /** Told everything, in order. It must not throw. */
  emit(event: TurnEvent): void;
  /** Messages typed meanwhile, joined; undefined when there are none. Asked at each tool-result boundary. */
  steering(): Promise<string | undefined>;
  clock: Clock;
  /** In [0, 1), for the jitter of waits. */
  random(): number;
  /** Steps at most; 0 = no limit. */
  maxSteps: number;
  retry: RetryPolicy;
  watchdog: Watchdog;
  policy: ToolRun['policy'];
  context: ToolRun['context'];
  check: ToolRun['check'];
  shorten: ToolRun['shorten'];
}

export interface TurnOutcome {
  /** What the turn added to the history. */
  messages: Message[];
  reason: string;
  usage?: Usage;
  /** Input plus output tokens of the last step. */
  contextSize?: number;
  steps: StepMetrics[];
  error?: ProviderError;
}

/**
 * Runs one turn: asks the model, runs the tools it wants, asks again, until it wants none. Emits `turn-start` first
 * and exactly one `done` last, after an `error` where there was one; never throws.
 */
export function runTurn(input: TurnInput): Promise<TurnOutcome> {
  return new Turn(input).run();
}

class Turn {
  private readonly added: Message[] = [];
  private readonly steps: StepMetrics[] = [];
  private readonly usedIds = new Set<string>();
  private readonly guard = new LoopGuard();
  private readonly of: { conversationId: string; turnId: string };
  private contextSize: number | undefined;

  constructor(private readonly input: TurnInput) {
    this.of = { conversationId: input.conversationId, turnId: input.turnId };
  }

  async run(): Promise<TurnOutcome> {
    const { input, of } = this;
    const began = input.clock.elapsed();
    input.emit({ type: 'turn-start', ...of });
    const { reason, error } = await this.loop().catch((thrown: unknown) => ({
      reason: 'error',
      error: providerErrorOf(thrown),
    }));
    if (error) input.emit({ type: 'error', ...of, message: error.message, code: error.code });
    const usage = this.steps.length > 0 ? this.steps.map((step) => step.usage).reduce(addUsage) : undefined;
    const { contextSize } = this;
    input.emit({
      type: 'done',
      ...of,
      reason,
      durationMs: Math.round(input.clock.elapsed() - began),
      usage,
      contextSize,
    });
    return { messages: this.added, reason, usage, contextSize, steps: this.steps, error };
  }

  private async loop(): Promise<{ reason: string; error?: ProviderError }> {
    const { input } = this;
    for (let index = 0; ; index++) {
      if (input.signal.aborted) return { reason: 'aborted' };
      if (input.maxSteps > 0 && index >= input.maxSteps) return { reason: 'max-steps' };
      const { attempt, results } = await this.step(`${input.turnId}#${index}`);
      if (!attempt.chunks.isEmpty) this.added.push({ role: 'assistant', chunks: attempt.chunks.chunks });
      this.added.push(...results.map((chunk): Message => ({ role: 'tool', chunks: [chunk] })));
      if (input.signal.aborted) return { reason: 'aborted' };
      if (attempt.error) return { reason: 'error', error: attempt.error };
      if (attempt.calls.length === 0) return { reason: wordFor(attempt.finish) };
      this.guard.step(attempt.calls);
      await this.steer();
    }
  }

  private async steer(): Promise<void> {
    const text = await this.input.steering();
    if (text === undefined) return;
    this.input.emit({ type: 'steering', ...this.of, text });
    this.added.push({ role: 'user', chunks: [{ type: 'text', text }] });
  }

  /** One step with its retries, and the results of its tools in call order. */
  private async step(stepId: string): Promise<{ attempt: Attempt; results: ToolResultChunk[] }> {
    const { input, of } = this;
    for (let failed = 1, restarted = 0; ; failed++) {
      const stopTools = new AbortController();
      const signal = AbortSignal.any([input.signal, stopTools.signal]);
      const results = new Map<string, ToolResultChunk>();
      const runner = this.runner(stepId, signal, results);
      const attempt = await this.attempt(stepId, runner);
      if (!attempt.error && !input.signal.aborted) this.complete(stepId, attempt);
      if (!attempt.error) {
        if (!input.policy.eager) for (const call of attempt.calls) runner.call(call);
        await runner.all();
        return { attempt, results: inCallOrder(attempt.calls, results) };
      }
      const content = !attempt.chunks.isEmpty;
      if (content) restarted++;
      const again = nextTry(input.retry, { failed, restarted, content, toolStarted: runner.started }, attempt.error, input.random());
      if (!again || input.signal.aborted) {
        stopTools.abort();
        if (!input.policy.eager) for (const call of attempt.calls) runner.call(call);
        await runner.all();
        return { attempt, results: inCallOrder(attempt.calls, results) };
      }
      const { message, code } = attempt.error;
      input.emit({
        type: 'provider-retry',
        ...of,
        attempt: failed - 1,
        delayMs: again.delayMs,
        message,
        code,
        ...(again.discard && { discard: true }),
      });
      await input.clock.sleep(again.delayMs, input.signal);
      if (input.signal.aborted) return { attempt: { chunks: new StepChunks(), calls: [] }, results: [] };
      for (const { id } of attempt.calls) this.usedIds.delete(id);
    }
  }

  private attempt(stepId: string, runner: ToolRunner): Promise<Attempt> {
    const { input, of } = this;
    const { clock, watchdog, signal } = input;
    const messages = [...input.messages, ...this.added];
    return runStep((abort) => input.stream(messages, input.tools, abort), {
      clock,
      watchdog,
      signal,
      freshId: (asked) => this.freshId(asked, stepId),
      onText: (delta) => input.emit({ type: 'text-delta', ...of, delta }),
      onThinking: (delta) => input.emit({ type: 'reasoning-delta', ...of, delta }),
      onCall: (call) => {
        input.emit({ type: 'tool-call', ...of, stepId, toolCallId: call.id, toolName: call.name, input: call.input });
        if (input.policy.eager) runner.call(call);
      },
    });
  }

  private runner(stepId: string, signal: AbortSignal, results: Map<string, ToolResultChunk>): ToolRunner {
    const { input, of } = this;
    const { tools, policy, clock, context, check, shorten } = input;
    return new ToolRunner({
      tools,
      policy,
      clock,
      signal,
      context,
      check,
      shorten,
      refuse: (call) => this.guard.refusal(call),
      output: (toolCallId, data, stream) => input.emit({ type: 'tool-output', ...of, toolCallId, data, stream }),
      answered: (call, { content, isError, durationMs }) => {
        const result = { toolCallId: call.id, toolName: call.name, content, isError };
        results.set(call.id, { type: 'tool-result', ...result, stepId });
        input.emit({ type: 'tool-result', ...of, stepId, ...result, durationMs });
      },
    });
  }

  private complete(stepId: string, attempt: Attempt): void {
    const { input, of } = this;
    const { usage = { inputTokens: 0, outputTokens: 0 }, ttftMs, decodeMs } = attempt;
    const times = timesOf(ttftMs, decodeMs);
    this.contextSize = usage.inputTokens + usage.outputTokens;
    this.steps.push({ stepId, usage, ...times });
    input.emit({ type: 'usage', ...of, stepId, usage });
    input.emit({ type: 'step-complete', ...of, stepId, ...times });
  }

  private freshId(asked: string | undefined, stepId: string): string {
    let id = asked || `call_${stepId}`;
    for (let n = 2; this.usedIds.has(id); n++) id = `${asked || `call_${stepId}`}~${n}`;
    this.usedIds.add(id);
    return id;
  }
}

/** Whole milliseconds, so that they add up. */
function timesOf(ttft: number | undefined, decode: number | undefined): Pick<StepMetrics, 'ttftMs' | 'decodeMs' | 'genTotalMs'> {
  if (ttft === undefined || decode === undefined) return {};
  const [ttftMs, decodeMs] = [Math.round(ttft), Math.round(decode)];
  return { ttftMs, decodeMs, genTotalMs: ttftMs + decodeMs };
}

const inCallOrder = (calls: readonly Call[], results: ReadonlyMap<string, ToolResultChunk>): ToolResultChunk[] =>
  calls.flatMap((call) => results.get(call.id) ?? []);

/** Why a turn ends, in the words of the contract; the provider's own where there is none. */
function wordFor(finish: string | undefined): string {
  return finish === undefined || finish === 'tool_calls' || finish === 'function_call' ? 'stop' : finish;
}

import type { Told } from '../bus/events.js';
import type { Message, ProviderError, StepStream } from '../contracts/provider.js';
import type { Tool } from '../contracts/tool.js';
import type { StepMetrics, ToolResultChunk, TurnEvent, Usage } from '../wire/index.js';
import { follow } from './follow.js';
import { LoopGuard } from './loop-guard.js';
import { type Again, nextTry, providerErrorOf, type RetryPolicy } from './retry.js';
import { type Attempt, runStep, type StepKit } from './run-step.js';
import { type ToolKit, ToolRunner } from './run-tools.js';
import { StepChunks } from './step-chunks.js';
import { addUsage } from './usage.js';

/** Everything a turn works with. The kernel has no I/O, clock or randomness of its own. */
export interface TurnInput extends StepKit, ToolKit {
  conversationId: string;
  turnId: string;
  /** The history, the new prompt last. */
  messages: readonly Message[];
  /** Asks the model for one step. */
  stream(messages: readonly Message[], tools: readonly Tool[], signal: AbortSignal): StepStream;
  /** Told everything, in order. It must not throw. */
  emit(event: TurnEvent): void;
  /** Messages typed meanwhile, joined; undefined when there are none. Asked at each tool-result boundary. */
  steering(): Promise<string | undefined>;
  /** Asked at most once, when `messages` are too many for the model: what to show in their place. Must not reject. */
  relieve?(): Promise<readonly Message[] | undefined>;
  /** In [0, 1), for the jitter of waits. */
  random(): number;
  /** Steps at most; 0 = no limit. */
  maxSteps: number;
  retry: RetryPolicy;
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
  private contextSize: number | undefined;
  private messages: readonly Message[];
  private relieved = false;

  constructor(private readonly input: TurnInput) {
    this.messages = input.messages;
  }

  async run(): Promise<TurnOutcome> {
    const { clock } = this.input;
    const began = clock.elapsed();
    this.tell({ type: 'turn-start' });
    const { reason, error } = await this.loop().catch((thrown: unknown) => ({ reason: 'error', error: providerErrorOf(thrown) }));
    if (error) this.tell({ type: 'error', message: error.message, code: error.code });
    const { added: messages, steps, contextSize } = this;
    const usage = steps.length > 0 ? steps.map((step) => step.usage).reduce(addUsage) : undefined;
    this.tell({ type: 'done', reason, durationMs: Math.round(clock.elapsed() - began), usage, contextSize });
    return { messages, reason, usage, contextSize, steps, error };
  }

  private readonly tell = (event: Told): void => {
    const { conversationId, turnId } = this.input;
    this.input.emit(Object.assign({ type: event.type, conversationId, turnId }, event) as TurnEvent);
  };

  private async loop(): Promise<{ reason: string; error?: ProviderError }> {
    const { input } = this;
    for (let index = 0; !input.signal.aborted; index++) {
      const { attempt, results } = await this.step(`${input.turnId}#${index}`);
      if (!attempt.chunks.isEmpty) this.added.push({ role: 'assistant', chunks: attempt.chunks.chunks });
      this.added.push(...results.map((chunk): Message => ({ role: 'tool', chunks: [chunk] })));
      if (input.signal.aborted) break;
      if (attempt.error) return { reason: 'error', error: attempt.error };
      if (attempt.calls.length === 0) return { reason: wordFor(attempt.finish) };
      // before steering: what nobody would read any more stays in the queue
      if (index + 1 === input.maxSteps) return { reason: 'max-steps' };
      this.guard.step(attempt.calls);
      await this.steer();
    }
    return { reason: 'aborted' };
  }

  private async steer(): Promise<void> {
    const text = await this.input.steering();
    if (text === undefined) return;
    this.tell({ type: 'steering', text });
    this.added.push({ role: 'user', chunks: [{ type: 'text', text }] });
  }

  /** One step with its retries, and the results of its tools in call order. */
  private async step(stepId: string): Promise<{ attempt: Attempt; results: ToolResultChunk[] }> {
    const { input } = this;
    for (let failed = 1, restarted = 0; ; failed++) {
      const { controller: stopTools, release } = follow(input.signal);
      const { signal } = stopTools;
      const runner = new ToolRunner(input, { stepId, signal, refuse: (call) => this.guard.refusal(call), tell: this.tell });
      const attempt = await this.attempt(stepId, runner);
      const { error, calls } = attempt;
      const content = !attempt.chunks.isEmpty;
      if (error?.code === 'overflow' && !content && (await this.relief(error))) {
        release();
        continue;
      }
      if (content) restarted++;
      // an eager call is answered at once, and what was answered cannot be taken back
      const toolStarted = input.policy.eager && calls.length > 0;
      const again = error && nextTry(input.retry, { failed, restarted, content, toolStarted }, error, input.random());
      if (error && again && !input.signal.aborted) {
        await this.wait(failed - 1, again, error);
        if (input.signal.aborted) return { attempt: { chunks: new StepChunks(), calls: [] }, results: [] };
        for (const { id } of calls) this.usedIds.delete(id);
        release();
        continue;
      }
      if (error) stopTools.abort();
      else if (!input.signal.aborted) this.complete(stepId, attempt);
      if (!input.policy.eager) for (const call of calls) runner.call(call);
      const results = await runner.all();
      release();
      return { attempt, results };
    }
  }

  private async relief({ message, code }: ProviderError): Promise<boolean> {
    const { relieve, signal } = this.input;
    if (this.relieved || !relieve || signal.aborted) return false;
    this.relieved = true;
    this.tell({ type: 'provider-retry', attempt: 0, delayMs: 0, message, code });
    const shorter = await relieve();
    this.messages = shorter ?? this.messages;
    return shorter !== undefined && !signal.aborted;
  }

  private async wait(attempt: number, { delayMs, discard }: Again, { message, code }: ProviderError): Promise<void> {
    this.tell({ type: 'provider-retry', attempt, delayMs, message, code, ...(discard && { discard }) });
    await this.input.clock.sleep(delayMs, this.input.signal);
  }

  private attempt(stepId: string, runner: ToolRunner): Promise<Attempt> {
    const { input } = this;
    const messages = [...this.messages, ...this.added];
    return runStep(input, {
      stepId,
      stream: (signal) => input.stream(messages, input.tools, signal),
      freshId: (asked) => this.freshId(asked, stepId),
      tell: this.tell,
      onCall: (call) => {
        if (input.policy.eager) runner.call(call);
      },
    });
  }

  private complete(stepId: string, { usage = { inputTokens: 0, outputTokens: 0 }, ttftMs, decodeMs }: Attempt): void {
    const times = ttftMs === undefined || decodeMs === undefined ? {} : { ttftMs, decodeMs, genTotalMs: ttftMs + decodeMs };
    this.contextSize = usage.inputTokens + usage.outputTokens;
    this.steps.push({ stepId, usage, ...times });
    this.tell({ type: 'usage', stepId, usage });
    this.tell({ type: 'step-complete', stepId, ...times });
  }

  private freshId(asked: string | undefined, stepId: string): string {
    const wanted = asked || `call_${stepId.replace('#', '_')}`;
    let id = wanted;
    for (let n = 2; this.usedIds.has(id); n++) id = `${wanted}_${n}`;
    this.usedIds.add(id);
    return id;
  }
}

/** Why a turn ends, in the words of the contract; the provider's own where there is none. */
function wordFor(finish: string | undefined): string {
  return finish === undefined || finish === 'tool_calls' || finish === 'function_call' ? 'stop' : finish;
}

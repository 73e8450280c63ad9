import type { DoneEvent, StepCompleteEvent, StepMetrics, TurnMetrics, Usage } from 'dispatch/wire';

/** Figures of a turn that ended, and why it did. */
export type Finished = Omit<TurnMetrics, 'turnId'> & { reason: string };

const noUsage: Usage = { inputTokens: 0, outputTokens: 0 };

/** Gathers a turn's figures from its events. */
export class TurnFigures {
  readonly #steps = new Map<string, StepMetrics>();
  #done: DoneEvent | undefined;

  usage(stepId: string, usage: Usage): void {
    this.#step(stepId).usage = usage;
  }

  timing({ stepId, ttftMs, decodeMs, genTotalMs }: StepCompleteEvent): void {
    Object.assign(this.#step(stepId), defined({ ttftMs, decodeMs, genTotalMs }));
  }

  done(event: DoneEvent): void {
    this.#done = event;
  }

  steps(): StepMetrics[] {
    return [...this.#steps.values()];
  }

  /** `reason` is the word for a turn that never said `done`. */
  finished(reason: string): Finished {
    const steps = this.steps();
    const done = this.#done;
    return defined({
      reason: done?.reason ?? reason,
      usage: done?.usage ?? totalOf(steps),
      steps,
      durationMs: done?.durationMs,
      contextSize: done?.contextSize,
    });
  }

  #step(stepId: string): StepMetrics {
    const known = this.#steps.get(stepId);
    if (known) return known;
    const fresh: StepMetrics = { stepId, usage: noUsage };
    this.#steps.set(stepId, fresh);
    return fresh;
  }
}

/** Sum of the steps; the cache fields appear when any step had them. */
export function totalOf(steps: readonly StepMetrics[]): Usage {
  const total: Usage = { ...noUsage };
  for (const { usage } of steps) {
    total.inputTokens += usage.inputTokens;
    total.outputTokens += usage.outputTokens;
    if (usage.cacheReadTokens !== undefined) total.cacheReadTokens = (total.cacheReadTokens ?? 0) + usage.cacheReadTokens;
    if (usage.cacheWriteTokens !== undefined) total.cacheWriteTokens = (total.cacheWriteTokens ?? 0) + usage.cacheWriteTokens;
  }
  return total;
}

/** Without the members that are undefined. */
export function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}

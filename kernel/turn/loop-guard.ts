import type { Call } from './call-pieces.js';
import { keyOf } from './run-tools.js';

/** How many steps running an equal call may be made. */
const limit = 3;

/** Notices a model that goes round in circles: the same call, step after step. */
export class LoopGuard {
  private streaks = new Map<string, number>();

  /** A step is over; these were its calls. */
  step(calls: readonly Call[]): void {
    const keys = new Set(calls.map(keyOf));
    this.streaks = new Map([...keys].map((key) => [key, (this.streaks.get(key) ?? 0) + 1]));
  }

  /** What to answer instead of running this call again. */
  refusal(call: Call): string | undefined {
    if ((this.streaks.get(keyOf(call)) ?? 0) < limit) return undefined;
    return `not run: this same call was made ${limit} steps running and its result will not change; try something else, or answer with what you know`;
  }
}

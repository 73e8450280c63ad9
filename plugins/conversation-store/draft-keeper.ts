import type { Clock } from 'dispatch/kernel';

/** How long a running step's text may be in memory only. */
const everyMs = 500;

/** A turn with text that the disk does not have. */
export interface Drafting {
  /** Never rejects. Resolves to whether there is still something to save. */
  saveDraft(): Promise<boolean>;
}

/** Saves the texts of running steps in rounds: one wait for all of them, and none for a turn that is over before. */
export class DraftKeeper {
  readonly #late = new Set<Drafting>();
  #running = false;

  constructor(
    private readonly clock: Clock,
    private readonly stopped: AbortSignal,
  ) {}

  /** It has something to save. */
  add(turn: Drafting): void {
    this.#late.add(turn);
    if (!this.#running) void this.#run();
  }

  /** Nothing of it need be saved any more. */
  remove(turn: Drafting): void {
    this.#late.delete(turn);
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#late.size > 0 && !this.stopped.aborted) {
      await this.clock.sleep(everyMs, this.stopped);
      if (this.stopped.aborted) break;
      const round = [...this.#late];
      this.#late.clear();
      await Promise.all(round.map(async (turn) => (await turn.saveDraft()) && this.#late.add(turn)));
    }
    this.#running = false;
  }
}

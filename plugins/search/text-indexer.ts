import { Clock, type DispatchEvent, type EventListener, EventListeners, inject, Logger, messageOf, plugin } from 'dispatch/kernel';
import type { EntityManager } from 'typeorm';
import { Database } from '../storage-sqlite/contract.js';
import { addTexts, inPortions } from './add-texts.js';
import { type NewText, readBacklog } from './backlog.js';
import { followCompaction } from './follow-compaction.js';
import { type Progress, readProgress, writeProgress } from './progress.js';
import { TextIndex } from './text-index.js';

/** How long turns are waited for, so that several share a commit, and so that the end of a turn has the disk for itself. */
const gatherMs = 1_000;
const againMs = 30_000;

/**
 * Follows the log: never in the way of a turn, in small writes, from where the last one ended, whatever happened since.
 * A text is searched once its turn is sealed.
 */
@plugin({ id: 'search-index', version: '0.1.0', provides: [TextIndex, EventListeners] })
export class TextIndexer implements TextIndex, EventListener {
  #progress: Progress | undefined;
  #lastKey = 0;
  #stepping: Promise<unknown> | undefined;
  #wake = () => {};
  #due = true;
  readonly #stopped = new AbortController();

  constructor(
    @inject(Database) private readonly database: Database,
    @inject(Clock) private readonly clock: Clock,
    @inject(Logger) private readonly logger: Logger,
  ) {}

  start(): void {
    void this.#follow();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#wake();
    await this.#stepping?.catch(() => undefined);
  }

  onEvent({ type }: DispatchEvent): void {
    if (type !== 'turn-sealed' && type !== 'conversation.compacted') return;
    this.#ring();
  }

  async catchUp(withinMs: number): Promise<boolean> {
    const end = this.clock.elapsed() + withinMs;
    try {
      while (await this.#step(end)) if (this.clock.elapsed() > end) return false;
      return true;
    } catch {
      this.#ring(); // it is tried again where there is time to wait, and said there
      return false;
    }
  }

  #ring(): void {
    this.#due = true;
    this.#wake();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await this.clock.sleep(gatherMs, signal);
      this.#due = false;
      try {
        while (!signal.aborted && (await this.#stepAtEase()));
      } catch (thrown) {
        this.logger.warn(`the index of texts could not follow, and is tried again in ${againMs / 1000} s: ${messageOf(thrown)}`);
        this.#due = true;
        await this.clock.sleep(againMs, signal);
      }
      if (!this.#due && !signal.aborted)
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }

  /** Leaves the disk to others for as long as it had it. */
  async #stepAtEase(): Promise<boolean> {
    const began = this.clock.elapsed();
    const more = await this.#step();
    if (more) await this.clock.sleep(this.clock.elapsed() - began, this.#stopped.signal);
    return more;
  }

  /** One go, one at a time; answers whether there is more. A go that began before this was called does not count. */
  async #step(end = Number.POSITIVE_INFINITY): Promise<boolean> {
    while (this.#stepping) await this.#stepping.catch(() => undefined);
    if (this.#stopped.signal.aborted) return false;
    const step = this.#takeUp(end).finally(() => {
      this.#stepping = undefined;
    });
    this.#stepping = step;
    return step;
  }

  /** Every write leaves a state from which a crash does no harm: what is in the index is not read again. */
  async #takeUp(end: number): Promise<boolean> {
    const from = this.#progress ?? (await this.#begin());
    const { texts, compacted, reached, more } = await this.database.read((manager) => readBacklog(manager, from));
    const turnsDone = compacted.length > 0 ? { ...reached, conversation: from.conversation } : reached;
    for (const { portion, last } of inPortions(texts)) {
      await this.#write(async (manager) => {
        if (last) await writeProgress(manager, turnsDone);
        return portion;
      });
      if (!last && (this.#stopped.signal.aborted || this.clock.elapsed() > end)) return true;
    }
    for (const { key, compactedFrom } of compacted)
      await this.#write(async (manager) => {
        await writeProgress(manager, { ...reached, conversation: key });
        return followCompaction(manager, key, compactedFrom);
      });
    this.#progress = reached;
    return more;
  }

  async #begin(): Promise<Progress> {
    const { progress, lastKey } = await this.database.read(readProgress);
    this.#lastKey = lastKey;
    this.#progress = progress;
    return progress;
  }

  /** After a refused write nobody knows what the disk has: it is asked again. */
  async #write(work: (manager: EntityManager) => Promise<readonly NewText[]>): Promise<void> {
    try {
      const added = await this.database.write(async (manager) => {
        const texts = await work(manager);
        if (texts.length > 0) await addTexts(manager, texts, this.#lastKey);
        return texts.length;
      });
      this.#lastKey += added;
    } catch (thrown) {
      this.#progress = undefined;
      throw thrown;
    }
  }
}

import { Clock, inject, Logger, messageOf, plugin, service } from 'dispatch/kernel';
import type { ThroughputAnswer } from 'dispatch/wire';
import { Database } from '../storage-sqlite/contract.js';
import type { SampleRow } from './entities/sample-row.js';

export type Sample = Omit<SampleRow, 'key'>;

/** The samples of all turns. */
export interface Samples {
  add(sample: Sample): void;
  /** Figures by model for `[start, end)` in epoch milliseconds, the fastest first. */
  totals(start: number, end: number): Promise<ThroughputAnswer['models']>;
}
export const Samples = service<Samples>('dispatch.throughput-samples');

const dayMs = 24 * 60 * 60 * 1000;
const keptMs = 400 * dayMs;
/** How long samples wait for others, so that they share a commit and hold up no turn. */
const gatherMs = 500;

@plugin({ id: 'throughput-store', version: '0.1.0', provides: Samples })
export class ThroughputStore implements Samples {
  #waiting: Sample[] = [];
  #writing: Promise<void> | undefined;
  readonly #stopped = new AbortController();

  constructor(
    @inject(Database) private readonly database: Database,
    @inject(Clock) private readonly clock: Clock,
    @inject(Logger) private readonly logger: Logger,
  ) {}

  start(): void {
    void this.#prune();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#flush();
  }

  add(sample: Sample): void {
    this.#waiting.push(sample);
    if (this.#waiting.length === 1) void this.clock.sleep(gatherMs, this.#stopped.signal).then(() => this.#flush());
  }

  async totals(start: number, end: number): Promise<ThroughputAnswer['models']> {
    await this.#flush();
    const rows = (await this.database.read((manager) =>
      manager.query(
        `SELECT model, SUM(outputTokens) AS tokens, SUM(decodeMs) AS ms, COUNT(*) AS turns
         FROM throughput_sample WHERE sealedAt >= ? AND sealedAt < ? GROUP BY model ORDER BY model`,
        [start, end],
      ),
    )) as { model: string; tokens: number; ms: number; turns: number }[];
    return rows
      .map(({ model, tokens, ms, turns }) => ({
        model,
        tokensPerSecond: ms > 0 ? tokens / (ms / 1000) : 0,
        totalOutputTokens: tokens,
        totalGenMs: ms,
        turns,
      }))
      .sort((a, b) => b.tokensPerSecond - a.tokensPerSecond);
  }

  async #flush(): Promise<void> {
    while (this.#writing) await this.#writing;
    if (this.#waiting.length === 0) return;
    this.#writing = this.#write(this.#waiting.splice(0)).finally(() => {
      this.#writing = undefined;
    });
    await this.#writing;
  }

  /** Figures are worth no more than a warning. */
  async #write(samples: readonly Sample[]): Promise<void> {
    try {
      await this.database.statement(
        `INSERT INTO throughput_sample (sealedAt, model, outputTokens, decodeMs)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)`,
        () => [JSON.stringify(samples.map(({ sealedAt, model, outputTokens, decodeMs }) => [sealedAt, model, outputTokens, decodeMs]))],
      );
    } catch (thrown) {
      this.logger.warn(`the speed of ${samples.length} turns could not be kept: ${messageOf(thrown)}`);
    }
  }

  async #prune(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const oldest = this.clock.now() - keptMs;
      await this.database
        .statement('DELETE FROM throughput_sample WHERE sealedAt < ?', () => [oldest])
        .catch((thrown: unknown) => this.logger.warn(`old figures could not be taken away: ${messageOf(thrown)}`));
      await this.clock.sleep(dayMs, signal);
    }
  }
}

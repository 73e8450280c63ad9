import type { EntityManager } from 'typeorm';
import { StorageError } from './contract.js';

/** The writing connection, as the queue uses it. */
export interface Lane {
  exec(sql: string): Promise<void>;
  /** Runs one statement that is kept prepared. */
  run(sql: string, values: readonly unknown[]): Promise<void>;
  readonly manager: EntityManager;
}

/** What the queue needs from whoever owns the connection. */
export interface LaneKeeper {
  /** The connection for the next transaction. */
  lane(): Promise<Lane>;
  /** The sentence for what the disk refused; undefined when it was not the disk. */
  explain(thrown: unknown): StorageError | undefined;
  /** A transaction with work in it was committed, or the disk refused it. */
  committed(lane: Lane): Promise<void>;
  refused(error: StorageError): void;
  /** A transaction has been running for so many milliseconds. */
  stuck(ms: number): void;
}

interface Job {
  work(lane: Lane): Promise<unknown>;
  /** Whether its work is one statement, which is a transaction by itself. */
  single: boolean;
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

/** Jobs that share one commit at most: an error of the disk costs them all. */
const groupSize = 64;
/** A write that takes this long is likely to wait for another write, which waits for it. */
const stuckAfterMs = 10_000;

/** Every write, first come first served; those that wait together share one transaction and one sync of the disk. */
export class WriteQueue {
  readonly #waiting: Job[] = [];
  #draining: Promise<void> | undefined;
  #closed = false;

  constructor(private readonly keeper: LaneKeeper) {}

  write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.#add((lane) => work(lane.manager), false);
  }

  statement(sql: string, values: () => readonly unknown[]): Promise<void> {
    return this.#add((lane) => lane.run(sql, values()), true);
  }

  #add<T>(work: (lane: Lane) => Promise<T>, single: boolean): Promise<T> {
    if (this.#closed) return Promise.reject(new StorageError('failed', 'the storage has stopped: nothing can be written any more'));
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, single, resolve: resolve as Job['resolve'], reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Takes no more work; resolves when all that waited is done. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#draining;
  }

  async #drain(): Promise<void> {
    await undefined; // whoever writes in the same breath shares the first commit
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0, groupSize));
    this.#draining = undefined;
  }

  async #commit(group: readonly Job[]): Promise<void> {
    if (group.length === 1 && group[0]?.single) return this.#alone(group[0]);
    const several = group.length > 1;
    const kept: (() => void)[] = [];
    let next = 0;
    let lane: Lane | undefined;
    const late = setTimeout(() => this.keeper.stuck(stuckAfterMs), stuckAfterMs).unref();
    try {
      lane = await this.keeper.lane();
      let opening = several ? 'BEGIN IMMEDIATE; SAVEPOINT job' : 'BEGIN IMMEDIATE';
      for (; next < group.length; next++) {
        const job = group[next] as Job;
        await lane.exec(opening);
        opening = 'SAVEPOINT job';
        let value: unknown;
        try {
          value = await job.work(lane);
        } catch (thrown) {
          const broken = this.keeper.explain(thrown);
          if (broken) throw broken;
          await lane.exec(several ? 'ROLLBACK TO job; RELEASE job' : 'ROLLBACK');
          job.reject(thrown);
          continue;
        }
        kept.push(() => job.resolve(value));
        if (several) opening = 'RELEASE job; SAVEPOINT job';
      }
      if (several || kept.length > 0) await lane.exec('COMMIT');
    } catch (thrown) {
      await this.#refuse(group.slice(0, next + 1), thrown, lane);
      this.#waiting.unshift(...group.slice(next + 1)); // these have not run yet
      return;
    } finally {
      clearTimeout(late);
    }
    if (kept.length > 0) await this.keeper.committed(lane);
    for (const resolve of kept) resolve();
  }

  /** One statement with nobody beside it: SQLite makes it a transaction, in one trip to the disk instead of three. */
  async #alone(job: Job): Promise<void> {
    let lane: Lane | undefined;
    try {
      lane = await this.keeper.lane();
      await job.work(lane);
    } catch (thrown) {
      const broken = this.keeper.explain(thrown);
      if (broken) this.keeper.refused(broken);
      job.reject(broken ?? thrown);
      return;
    }
    await this.keeper.committed(lane);
    job.resolve(undefined);
  }

  /** After a failure of the disk nothing of the transaction counts: SQLite may have taken it back already. */
  async #refuse(jobs: readonly Job[], thrown: unknown, lane: Lane | undefined): Promise<void> {
    const words = `the database could not commit: ${thrown instanceof Error ? thrown.message : thrown}`;
    const error = this.keeper.explain(thrown) ?? new StorageError('failed', words, { cause: thrown });
    await lane?.exec('ROLLBACK').catch(() => undefined);
    this.keeper.refused(error);
    for (const job of jobs) job.reject(error);
  }
}

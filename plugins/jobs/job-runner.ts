import { Clock, inject, Logger, messageOf, plugin, type Service, service } from 'dispatch/kernel';
import { KeyValue, type KeyValueStore } from '../plugin-storage/contract.js';
import { type Job, type JobRun, type JobStatus, Jobs } from './contract.js';
import { type CronTimes, dueAt, jobProblem, scheduleText } from './schedule.js';

/** How often it is looked which jobs there are and which are due. */
const lookMs = 1_000;
const usualLimitMs = 600_000;

/** The jobs there are, and how they went. */
export interface JobList {
  status(): JobStatus[];
  /** Runs a job now, unless it runs already. False when there is none of that id. */
  runNow(id: string): boolean;
  /** Calls back when a run begins or ends, and when jobs come or go; answers how to end that. */
  onChange(changed: () => void): () => void;
}
export const JobList: Service<JobList> = service<JobList>('dispatch.job-list');

interface Seen {
  job: Job;
  problem: string | undefined;
  /** When it was last begun, or else first seen. */
  since: number;
  nextAt: number | undefined;
  last: JobRun | undefined;
  running: AbortController | undefined;
  /** A run that was given up has not ended yet. */
  lingers: boolean;
}

/** Runs what fills the slot when it is due. Its own timer is the only one, so nothing is left of a job that has gone. */
@plugin({ id: 'jobs', version: '0.1.0', provides: JobList })
export class JobRunner implements JobList {
  private readonly seen = new Map<string, Seen>();
  private readonly listeners = new Set<() => void>();
  private readonly stopping = new AbortController();
  private readonly runs = new Set<Promise<void>>();
  private readonly store: KeyValueStore;
  private began = 0;
  private cron: CronTimes | undefined;
  private loop: Promise<void> | undefined;

  constructor(
    @inject(Jobs) private readonly jobs: readonly Job[],
    @inject(KeyValue) values: KeyValue,
    @inject(Clock) private readonly clock: Clock,
    @inject(Logger) private readonly logger: Logger,
  ) {
    this.store = values.for('jobs');
  }

  start(): void {
    this.began = this.clock.now();
    this.loop = this.look();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    for (const { running } of this.seen.values()) running?.abort(new Error('the server stops'));
    await this.loop;
    await Promise.all(this.runs);
  }

  status(): JobStatus[] {
    return [...this.seen.values()].map(({ job, problem, nextAt, last, running, lingers }) => ({
      id: String(job.id),
      title: String(job.title ?? job.id),
      schedule: problem === undefined ? scheduleText(job) : '',
      running: running !== undefined || lingers,
      ...(nextAt !== undefined && { nextAt }),
      ...(last && { last }),
      ...(problem !== undefined && { problem }),
    }));
  }

  runNow(id: string): boolean {
    const seen = this.seen.get(id);
    if (!seen || seen.problem !== undefined) return false;
    if (isFree(seen)) this.run(seen);
    return true;
  }

  onChange(changed: () => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }

  private async look(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.clock.sleep(lookMs, signal);
      if (signal.aborted) return;
      try {
        await this.sync();
      } catch (thrown) {
        this.logger.error(`the jobs could not be looked at: ${messageOf(thrown)}`);
      }
      for (const seen of this.seen.values())
        if (isFree(seen) && seen.nextAt !== undefined && seen.nextAt <= this.clock.now()) this.run(seen);
    }
  }

  /** Takes in what has come to the slot, and lets go what has left it. */
  private async sync(): Promise<void> {
    let changed = false;
    for (const [id, { job, running }] of this.seen) {
      if (this.jobs.includes(job)) continue;
      running?.abort(new Error('its plugin has gone'));
      this.seen.delete(id);
      changed = true;
    }
    for (const job of this.jobs) {
      if (this.seen.has(job.id)) continue; // of two with one id the first counts
      this.seen.set(job.id, await this.newlySeen(job));
      changed = true;
    }
    if (changed) this.tell();
  }

  private async newlySeen(job: Job): Promise<Seen> {
    const problem = jobProblem(job);
    const last = problem === undefined ? ((await this.store.get(job.id)) as JobRun | undefined) : undefined;
    const seen: Seen = { job, problem, since: last?.at ?? this.clock.now(), nextAt: undefined, last, running: undefined, lingers: false };
    if (problem === undefined) await this.plan(seen);
    if (seen.problem !== undefined) this.logger.error(`the job ${JSON.stringify(job.id)} never runs: ${seen.problem}`);
    return seen;
  }

  /** The package for cron patterns is loaded with the first of them. */
  private async plan(seen: Seen): Promise<void> {
    const { job } = seen;
    try {
      if ('cron' in job.schedule) this.cron ??= (await import('./cron-times.js')).cronTimes;
      seen.nextAt = dueAt(job, seen.since, this.began, this.cron ?? (() => undefined));
    } catch (thrown) {
      seen.nextAt = undefined;
      seen.problem = `its schedule makes no sense: ${messageOf(thrown)}`;
    }
  }

  private run(seen: Seen): void {
    const run = this.finish(seen).catch((thrown: unknown) =>
      this.logger.error(`how the job "${seen.job.id}" went could not be kept: ${messageOf(thrown)}`),
    );
    this.runs.add(run);
    void run.finally(() => this.runs.delete(run));
  }

  private async finish(seen: Seen): Promise<void> {
    const { job } = seen;
    const at = this.clock.now();
    seen.running = new AbortController();
    seen.nextAt = undefined;
    this.tell();
    const error = await this.outcome(seen, seen.running);
    const durationMs = this.clock.now() - at;
    seen.last = { at, durationMs, ...(error !== undefined && { error }) };
    seen.since = at;
    seen.running = undefined;
    await this.plan(seen);
    if (error === undefined) this.logger.debug(`the job "${job.id}" ran`, { durationMs });
    else this.logger.warn(`the job "${job.id}" failed: ${error}`);
    this.tell();
    await this.store.set(job.id, seen.last);
  }

  /** Why it failed; undefined when it did not. Does not wait for a run that ignores its signal. */
  private async outcome(seen: Seen, running: AbortController): Promise<string | undefined> {
    const { job } = seen;
    const over = new AbortController();
    const limitMs = job.limitMs ?? usualLimitMs;
    const late = this.clock.sleep(limitMs, over.signal).then(() => {
      if (!over.signal.aborted) running.abort(new Error(`it took longer than ${limitMs} ms`));
    });
    const aborted = new Promise<never>((_, reject) => {
      running.signal.addEventListener('abort', () => reject(running.signal.reason), { once: true });
    });
    const work = (async () => job.run(running.signal))();
    seen.lingers = true;
    const ended = () => {
      seen.lingers = false;
    };
    work.then(ended, ended);
    try {
      await Promise.race([work, aborted]);
      return undefined;
    } catch (thrown) {
      return messageOf(thrown);
    } finally {
      over.abort(null);
      await late;
    }
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

const isFree = ({ running, lingers }: Seen): boolean => !running && !lingers;

import { type Slot, slot } from 'dispatch/kernel';

/** Something that is done again and again while the server runs. */
export interface Job {
  /** Unique among all jobs: letters, digits and `-`. */
  readonly id: string;
  /** What it does, in a few words for people. */
  readonly title: string;
  /**
   * When: every so many milliseconds (1,000 at least), counted from the last run, or by a cron pattern of five or six
   * fields, in a time zone such as `Europe/Berlin` (the server's own when absent).
   */
  readonly schedule: { readonly everyMs: number } | { readonly cron: string; readonly timeZone?: string };
  /** Whether it runs once, soon after the start, when the server was down at its time. Else that run is skipped. */
  readonly catchUp?: boolean;
  /** Milliseconds that a run may take; 10 minutes when absent. Then its signal aborts, and the run counts as failed. */
  readonly limitMs?: number;
  /** Does it. What it throws is shown as the reason of a failed run. The signal also aborts when its plugin goes. */
  run(signal: AbortSignal): unknown;
}
/** Jobs come and go with what fills the slot; none runs twice at the same time. */
export const Jobs: Slot<Job> = slot<Job>('dispatch.job[]');

/** How a run ended. Times in epoch milliseconds and milliseconds. */
export interface JobRun {
  at: number;
  durationMs: number;
  /** Why it failed. */
  error?: string;
}

/** A job as `GET /jobs` shows it. */
export interface JobStatus {
  id: string;
  title: string;
  /** In words: `every 5 min`, or the cron pattern. */
  schedule: string;
  running: boolean;
  /** When it runs next, epoch milliseconds; absent where that is never. */
  nextAt?: number;
  last?: JobRun;
  /** Why it never runs. */
  problem?: string;
}
export interface JobsAnswer {
  jobs: JobStatus[];
}

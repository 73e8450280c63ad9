import type { Job } from './contract.js';

/** When a cron pattern comes next after a time, epoch milliseconds; undefined when never. Throws for what is no pattern. */
export type CronTimes = (pattern: string, timeZone: string | undefined, after: number) => number | undefined;

export const shortestMs = 1_000;

/** Why a job can never run; undefined when it can. Pure. */
export function jobProblem({ id, schedule, run }: Job): string | undefined {
  if (typeof id !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/.test(id)) return 'its id is not 1 to 64 letters, digits and "-"';
  if (typeof run !== 'function') return 'it has no run()';
  if (Object(schedule) !== schedule) return 'it has no schedule: give { everyMs } or { cron }';
  if ('cron' in schedule) return undefined;
  return Number.isFinite(schedule.everyMs) && schedule.everyMs >= shortestMs
    ? undefined
    : `its schedule says every ${schedule.everyMs} ms; it must be ${shortestMs} at least`;
}

/**
 * When a job is due, epoch milliseconds; undefined when never. `since`: when it was last begun, or else first seen; what
 * was missed before the server began counts only with `catchUp`. Pure but for the times of cron patterns.
 */
export function dueAt({ schedule, catchUp }: Job, since: number, serverBegan: number, cron: CronTimes): number | undefined {
  const next = 'cron' in schedule ? cron(schedule.cron, schedule.timeZone, since) : since + schedule.everyMs;
  if (next === undefined || next >= serverBegan || catchUp === true) return next;
  return 'cron' in schedule ? cron(schedule.cron, schedule.timeZone, serverBegan) : serverBegan + schedule.everyMs;
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** In words for people. Pure. */
export function scheduleText({ schedule }: Job): string {
  if ('cron' in schedule) return schedule.timeZone === undefined ? schedule.cron : `${schedule.cron} (${schedule.timeZone})`;
  const [unit, ms] = units.find(([, ms]) => schedule.everyMs % ms === 0) ?? ['ms', 1];
  return `every ${schedule.everyMs / ms} ${unit}`;
}

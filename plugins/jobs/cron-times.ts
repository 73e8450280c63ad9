import { Cron } from 'croner';
import type { CronTimes } from './schedule.js';

/** By the croner package. */
export const cronTimes: CronTimes = (pattern, timezone, after) =>
  new Cron(pattern, { ...(timezone !== undefined && { timezone }) }).nextRun(new Date(after))?.getTime();

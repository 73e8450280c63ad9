export type Period = 'day' | 'week' | 'month';

/** A stretch of time in the server's time zone: `[start, end)` in epoch milliseconds. */
export interface Stretch {
  /** The day or month that names it: `YYYY-MM-DD`, for a month `YYYY-MM`. */
  date: string;
  start: number;
  end: number;
}

/** What a date has to look like. */
export const dateForm = (period: Period): string => (period === 'month' ? 'YYYY-MM' : 'YYYY-MM-DD');

/**
 * The day, ISO week (Monday to Sunday) or month that a date lies in; undefined when there is no such date. Days begin at
 * local midnight, so the one on which clocks change has 23 or 25 hours.
 */
export function stretchOf(period: Period, date: string): Stretch | undefined {
  const [, ...parts] = (period === 'month' ? /^(\d{4})-(\d{2})$/ : /^(\d{4})-(\d{2})-(\d{2})$/).exec(date) ?? [];
  const [year, month, day = 1] = parts.map(Number);
  if (year === undefined || month === undefined) return undefined;
  const named = midnight(year, month, day);
  if (named.getMonth() + 1 !== month || named.getDate() !== day) return undefined; // such as 30 February
  if (period === 'month') return { date, start: named.getTime(), end: midnight(year, month + 1, 1).getTime() };
  const first = period === 'day' ? day : day - ((named.getDay() + 6) % 7);
  const length = period === 'day' ? 1 : 7;
  return { date, start: midnight(year, month, first).getTime(), end: midnight(year, month, first + length).getTime() };
}

/** The date that names the period a moment lies in. */
export function dateAt(period: Period, now: number): string {
  const at = new Date(now);
  const month = `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}`;
  return period === 'month' ? month : `${month}-${two(at.getDate())}`;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** When a local day begins; days and months beyond the last count on. Of a midnight that is skipped, what follows it. */
function midnight(year: number, month: number, day: number): Date {
  const at = new Date(2000, 0, 1);
  at.setFullYear(year, month - 1, day); // the constructor takes the year 25 for 1925
  at.setHours(0, 0, 0, 0);
  return at;
}

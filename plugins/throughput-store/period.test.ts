import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { buildSync } from 'esbuild';
import fc from 'fast-check';
import { dateAt, type Period, type Stretch, stretchOf } from './period.js';

const module_ = buildSync({ entryPoints: [join(process.cwd(), 'plugins/throughput-store/period.ts')], write: false, format: 'esm' });
const code = module_.outputFiles[0]?.text ?? '';

/** The same arithmetic in a process that lives in another time zone. */
function inZone(zone: string, asked: readonly [Period, string][]): (Stretch & { hours: number; from: string })[] {
  const script = `${code}
const asked = ${JSON.stringify(asked)};
const told = asked.map(([period, date]) => stretchOf(period, date));
console.log(JSON.stringify(told.map((s) => ({ ...s, hours: (s.end - s.start) / 3600000, from: new Date(s.start).toISOString() }))));`;
  const out = execFileSync(process.execPath, ['--input-type=module', '-'], {
    input: script,
    env: { ...process.env, TZ: zone },
    encoding: 'utf8',
  });
  return JSON.parse(out);
}

describe('in a zone with summer time', () => {
  test('the day clocks go forward has 23 hours, the day they go back 25', () => {
    const days = inZone('Europe/Berlin', [
      ['day', '2025-03-30'],
      ['day', '2025-10-26'],
      ['day', '2025-11-22'],
    ]);
    expect(days.map(({ from, hours }) => [from, hours])).toEqual([
      ['2025-03-29T23:00:00.000Z', 23],
      ['2025-10-25T22:00:00.000Z', 25],
      ['2025-11-21T23:00:00.000Z', 24],
    ]);
  });

  test('weeks and months with such a day in them are an hour off as well', () => {
    const all = inZone('Europe/Berlin', [
      ['week', '2025-03-26'],
      ['month', '2025-10'],
    ]);
    expect(all.map(({ from, hours }) => [from, hours])).toEqual([
      ['2025-03-23T23:00:00.000Z', 7 * 24 - 1],
      ['2025-09-30T22:00:00.000Z', 31 * 24 + 1],
    ]);
  });

  test('a day whose midnight is skipped begins an hour later, one with two midnights at the first', () => {
    const [skipped] = inZone('America/Sao_Paulo', [['day', '2018-11-04']]);
    expect([skipped?.from, skipped?.hours]).toEqual(['2018-11-04T03:00:00.000Z', 23]);
    const [twice] = inZone('America/Havana', [['day', '2025-11-02']]);
    expect([twice?.from, twice?.hours]).toEqual(['2025-11-02T04:00:00.000Z', 25]);
  });

  test('a day that a zone left out altogether does not stop the arithmetic', () => {
    const [week] = inZone('Pacific/Apia', [['week', '2011-12-28']]);
    expect(week?.hours).toBe(6 * 24);
  });
});

test.each([
  ['2021-01-03', '2020-12-28'],
  ['2021-01-04', '2021-01-04'],
  ['2024-12-30', '2024-12-30'],
  ['2025-01-01', '2024-12-30'],
  ['2025-01-05', '2024-12-30'],
  ['2024-02-29', '2024-02-26'],
])('the week of %s begins on %s, whatever the year', (date, monday) => {
  const week = stretchOf('week', date);
  expect([week?.date, week && dateAt('day', week.start)]).toEqual([date, monday]);
});

test('December ends where January begins, and years before 100 are themselves', () => {
  expect(stretchOf('month', '2024-12')?.end).toBe(stretchOf('month', '2025-01')?.start);
  expect(new Date(stretchOf('day', '0025-06-01')?.start ?? 0).getFullYear()).toBe(25);
});

test.each<[Period, string]>([
  ['day', '2025-02-29'],
  ['day', '2025-13-01'],
  ['day', '2025-00-10'],
  ['day', '2025-01-00'],
  ['day', '2025-01-32'],
  ['day', '2025-1-1'],
  ['day', '2025-01'],
  ['day', '2025-01-01T00:00'],
  ['day', ' 2025-01-01'],
  ['day', '2025-01-01\n'],
  ['day', ''],
  ['week', '2025-W01'],
  ['month', '2025-01-01'],
  ['month', '2025-13'],
  ['month', '2025-00'],
])('as a %s, %j is no date', (period, date) => {
  expect(stretchOf(period, date)).toBeUndefined();
});

const moment = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }).map((at) => at.getTime());

test('every moment lies in the period it names, and the next one begins where it ends', () => {
  fc.assert(
    fc.property(moment, fc.constantFrom<Period>('day', 'week', 'month'), (now, period) => {
      const stretch = stretchOf(period, dateAt(period, now)) as Stretch;
      expect(stretch.start <= now && now < stretch.end).toBe(true);
      const next = stretchOf(period, dateAt(period, stretch.end));
      expect(next?.start).toBe(stretch.end);
    }),
  );
});

test('a week is seven days that all name the same week, from Monday on', () => {
  fc.assert(
    fc.property(moment, (now) => {
      const week = stretchOf('week', dateAt('day', now)) as Stretch;
      expect(new Date(week.start).getDay()).toBe(1);
      const first = new Date(week.start);
      for (let day = 0; day < 7; day++) {
        const at = new Date(first.getFullYear(), first.getMonth(), first.getDate() + day, 12).getTime();
        expect(stretchOf('week', dateAt('day', at))).toMatchObject({ start: week.start, end: week.end });
      }
    }),
  );
});

import { mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { definePlugin } from 'dispatch/kernel';
import { hostWith } from 'dispatch/testing';
import fc from 'fast-check';
import pluginStorage from '../plugin-storage/index.js';
import storage from '../storage-sqlite/index.js';
import { type Job, Jobs } from './contract.js';
import { cronTimes } from './cron-times.js';
import { JobList, JobRunner } from './job-runner.js';
import { dueAt, jobProblem, scheduleText } from './schedule.js';

const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

function folder(): string {
  const made = realpathSync(mkdtempSync(join(tmpdir(), 'dispatch-jobs-')));
  ended.push(() => rm(made, { recursive: true, force: true }));
  return made;
}

async function running(jobs: Job[], dataDir = folder()) {
  const holders = jobs.map((job, i) => definePlugin({ id: `job-${i}`, version: '1.0.0', provides: Jobs, create: () => job }));
  const host = await hostWith([...holders, storage, pluginStorage, JobRunner], { config: { dataDir, db: join(dataDir, 'x.db') } });
  ended.push(() => host.stop());
  const list = host.get(JobList);
  /** Moves time on, and waits until the disk has kept up. */
  const pass = async (ms: number, until: () => boolean) => {
    await host.clock.advance(ms);
    while (!until()) {
      await wait(2);
      await host.clock.advance(1_000);
    }
  };
  return { host, list, pass, dataDir };
}

const job = (more: Partial<Job>): Job => ({ id: 'tick', title: 'Ticks', schedule: { everyMs: 60_000 }, run: () => undefined, ...more });

test('a job runs at its interval, never twice at once, and shows how it went', async () => {
  let [runs, atOnce, most] = [0, 0, 0];
  const { list, pass } = await running([
    job({
      run: async () => {
        most = Math.max(most, ++atOnce);
        await wait(5);
        atOnce--;
        if (++runs === 2) throw new Error('the second one fails');
      },
    }),
  ]);
  await pass(61_000, () => runs === 1 && list.status()[0]?.last !== undefined);
  expect(list.status()[0]).toMatchObject({ id: 'tick', schedule: 'every 1 min', running: false, last: { durationMs: expect.any(Number) } });
  expect(list.runNow('tick')).toBe(true);
  expect(list.runNow('tick')).toBe(true);
  await pass(1_000, () => list.status()[0]?.last?.error !== undefined);
  expect(list.status()[0]?.last?.error).toBe('the second one fails');
  expect([runs, most]).toEqual([2, 1]);
  expect(list.runNow('other')).toBe(false);
});

test('one that takes too long is told, fails, and begins again only when it has ended', async () => {
  let release = () => {};
  let runs = 0;
  let told: unknown;
  const { list, pass } = await running([
    job({
      limitMs: 5_000,
      run: (signal) => {
        runs++;
        signal.addEventListener('abort', () => (told = signal.reason), { once: true });
        return new Promise<void>((resolve) => {
          release = resolve;
        });
      },
    }),
  ]);
  await pass(61_000, () => runs === 1);
  await pass(6_000, () => list.status()[0]?.last !== undefined);
  expect(String(told)).toContain('longer than 5000 ms');
  expect(list.status()[0]).toMatchObject({ running: true, last: { error: 'it took longer than 5000 ms' } });
  await pass(120_000, () => true);
  expect(runs).toBe(1);
  release();
  await pass(61_000, () => runs === 2);
});

test('how the last run went outlives the server', async () => {
  const dataDir = folder();
  let runs = 0;
  const jobs = [job({ run: () => runs++ })];
  const first = await running(jobs, dataDir);
  await first.pass(61_000, () => first.list.status()[0]?.last !== undefined);
  const { last } = first.list.status()[0] ?? {};
  await first.host.stop();
  const second = await running(jobs, dataDir);
  await second.pass(1_000, () => second.list.status().length === 1);
  expect(second.list.status()[0]?.last).toEqual(last);
  expect(runs).toBe(1);
});

test('of a job whose plugin goes nothing is left', async () => {
  let aborted = false;
  const { host, list, pass } = await running([
    job({ run: (signal) => new Promise<void>(() => signal.addEventListener('abort', () => (aborted = true), { once: true })) }),
  ]);
  await pass(61_000, () => list.status()[0]?.running === true);
  (host.get(Jobs) as Job[]).splice(0);
  await pass(2_000, () => list.status().length === 0);
  expect(aborted).toBe(true);
});

describe('a schedule', () => {
  test('that makes no sense is told of, and never runs', async () => {
    const { list, pass, host } = await running([
      job({ id: 'cron', schedule: { cron: 'whenever' } }),
      job({ id: 'fast', schedule: { everyMs: 10 } }),
    ]);
    await pass(2_000, () => list.status().length === 2);
    expect(list.status().map(({ problem }) => problem)).toEqual([
      expect.stringContaining('makes no sense'),
      'its schedule says every 10 ms; it must be 1000 at least',
    ]);
    expect(host.logger.records.filter((line) => line.includes('never runs'))).toHaveLength(2);
  });

  test('by a cron pattern is due at its next time, in its zone', () => {
    const noon = Date.UTC(2026, 0, 1, 12);
    const cron = (pattern: string, timeZone?: string): Job => job({ schedule: { cron: pattern, ...(timeZone && { timeZone }) } });
    expect(dueAt(cron('0 3 * * *', 'UTC'), noon, 0, cronTimes)).toBe(Date.UTC(2026, 0, 2, 3));
    expect(dueAt(cron('0 3 * * *', 'Asia/Tokyo'), noon, 0, cronTimes)).toBe(Date.UTC(2026, 0, 1, 18));
    expect(scheduleText(cron('0 3 * * *', 'Asia/Tokyo'))).toBe('0 3 * * * (Asia/Tokyo)');
  });

  test('is never due before the server began, unless it catches up, and always after its last run', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 1e9 }), fc.nat(1e12), fc.nat(1e12), fc.boolean(), (everyMs, since, began, catchUp) => {
        const due = dueAt(job({ schedule: { everyMs }, catchUp }), since, began, cronTimes) as number;
        expect(due).toBeGreaterThan(since);
        if (!catchUp) expect(due).toBeGreaterThanOrEqual(began);
        else expect(due).toBe(since + everyMs);
      }),
    );
  });

  test.each([
    [{ id: 'no spaces' }, 'its id'],
    [{ run: 7 as never }, 'no run()'],
    [{ schedule: undefined as never }, 'no schedule'],
  ])('of %p is no job', (more, words) => {
    expect(jobProblem(job(more as Partial<Job>))).toContain(words);
  });
});

import { mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type DispatchEvent, EventListeners, MessageFilters } from 'dispatch/kernel';
import { hostWith } from 'dispatch/testing';
import type { ThroughputAnswer } from 'dispatch/wire';
import { Database } from '../storage-sqlite/contract.js';
import storage from '../storage-sqlite/index.js';
import { HttpServer } from '../transport-http/contract.js';
import transport from '../transport-http/open-transport.fixture.js';
import throughput from './index.js';

const dayMs = 24 * 60 * 60 * 1000;
const folders: string[] = [];
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

function tempFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dispatch-throughput-')));
  folders.push(folder);
  return folder;
}

async function started(dataDir = tempFolder()) {
  const config = {
    ...{ 'http.port': 0, 'http.host': '127.0.0.1', 'http.allowedHosts': [], 'http.allowedOrigins': [], 'http.devPorts': [] },
    ...{ 'http.bodyLimit': 1024, dataDir, db: join(dataDir, 'dispatch.db') },
  };
  const host = await hostWith([storage, transport, throughput], { config });
  expect(host.status().filter(({ state }) => state === 'failed')).toEqual([]);
  stops.push(() => host.stop());
  const url = `http://127.0.0.1:${host.get(HttpServer).port}/metrics/throughput`;
  let serial = 0;
  return {
    host,
    dataDir,
    tell: (...events: DispatchEvent[]) => {
      for (const event of events) for (const listener of host.get(EventListeners)) listener.onEvent(event);
    },
    /** A whole turn; `steps`: output tokens and decode milliseconds of each. */
    async turn(model: string, ...steps: [tokens: number, ms: number | undefined][]) {
      const ids = { conversationId: `c${++serial}`, turnId: `t${serial}` };
      for (const filter of host.get(MessageFilters)) await filter.filter([], { ...ids, workspaceId: 'default', cwd: '/', model });
      this.tell({ ...ids, type: 'user-message', text: 'x' }, { ...ids, type: 'turn-start' });
      for (const [i, [outputTokens, decodeMs]] of steps.entries()) {
        const stepId = `${ids.turnId}#${i}`;
        this.tell(
          { ...ids, type: 'usage', stepId, usage: { inputTokens: 5, outputTokens } },
          { ...ids, type: 'step-complete', stepId, decodeMs },
        );
      }
      this.tell({ ...ids, type: 'done', reason: 'stop' }, { ...ids, type: 'turn-sealed' });
    },
    async get(query = '') {
      const answer = await fetch(url + query);
      return { status: answer.status, body: (await answer.json()) as ThroughputAnswer & { error: string } };
    },
  };
}

describe('GET /metrics/throughput', () => {
  test('sums the turns of each model, the fastest first', async () => {
    const server = await started();
    await server.turn('a/slow', [100, 2_000], [50, 1_000]);
    await server.turn('a/fast', [400, 1_000]);
    await server.turn('a/slow', [30, 600]);
    await server.turn('a/none', [0, undefined]);
    expect((await server.get('?period=day')).body.models).toEqual([
      { model: 'a/fast', tokensPerSecond: 400, totalOutputTokens: 400, totalGenMs: 1_000, turns: 1 },
      { model: 'a/slow', tokensPerSecond: 50, totalOutputTokens: 180, totalGenMs: 3_600, turns: 2 },
      { model: 'a/none', tokensPerSecond: 0, totalOutputTokens: 0, totalGenMs: 0, turns: 1 },
    ]);
  });

  test('answers for today when no date is given, for the day when no period is', async () => {
    const server = await started();
    const now = new Date(server.host.clock.now());
    const [year, month, day] = [now.getFullYear(), now.getMonth(), now.getDate()];
    const { body } = await server.get();
    expect([body.period, body.start, body.end]).toEqual([
      'day',
      new Date(year, month, day).getTime(),
      new Date(year, month, day + 1).getTime(),
    ]);
    const { body: months } = await server.get('?period=month');
    expect([months.date, months.start, months.end]).toEqual([
      body.date.slice(0, 7),
      new Date(year, month, 1).getTime(),
      new Date(year, month + 1, 1).getTime(),
    ]);
  });

  test('counts a turn in the period in which it was sealed', async () => {
    const server = await started();
    await server.turn('a/m', [10, 100]);
    const { body: today } = await server.get();
    await server.host.clock.advance(today.end - server.host.clock.now());
    await server.turn('a/m', [20, 100]);
    const tokens = async (query: string) => (await server.get(query)).body.models.map((each) => each.totalOutputTokens);
    expect(await tokens(`?period=day&date=${today.date}`)).toEqual([10]);
    expect(await tokens('?period=day')).toEqual([20]);
    expect(await tokens('?period=day&date=2001-01-01')).toEqual([]);
  });

  test.each([
    '?period=year',
    '?period=day&date=2025-02-30',
    '?period=month&date=2025-02-01',
    '?period=week&date=now',
    '?date=',
    '?period=',
  ])('refuses %s', async (query) => {
    const { status, body } = await (await started()).get(query);
    expect([status, typeof body.error]).toEqual([400, 'string']);
  });
});

describe('samples', () => {
  test('are one a turn, however many run at once, and none for a turn without a model', async () => {
    const server = await started();
    await Promise.all([server.turn('a/m', [1, 1]), server.turn('a/m', [2, 1]), server.turn('', [4, 1])]);
    server.tell({ type: 'turn-sealed', conversationId: 'c1', turnId: 'never-begun' });
    expect((await server.get()).body.models).toMatchObject([{ turns: 2, totalOutputTokens: 3 }]);
  });

  test('are on the disk after half a second, and after a stop', async () => {
    const server = await started();
    const count = async (where: typeof server) =>
      (await where.host.get(Database).read((manager) => manager.query('SELECT COUNT(*) AS n FROM throughput_sample')))[0].n;
    await server.turn('a/m', [1, 1]);
    await server.host.clock.advance(500);
    await server.host.get(Database).write(async () => undefined);
    expect(await count(server)).toBe(1);
    await server.turn('a/m', [1, 1]);
    await stops.pop()?.();
    expect(await count(await started(server.dataDir))).toBe(2);
  });

  test('are kept for 400 days: older ones go at the start and once a day', async () => {
    const server = await started();
    const now = server.host.clock.now();
    const database = server.host.get(Database);
    const put = (age: number) =>
      database.write((manager) =>
        manager.query('INSERT INTO throughput_sample (sealedAt, model, outputTokens, decodeMs) VALUES (?, ?, 1, 1)', [
          now - age * dayMs,
          `age-${age}`,
        ]),
      );
    const models = async (from = database) =>
      (await from.read((manager) => manager.query('SELECT model FROM throughput_sample ORDER BY sealedAt'))).map(
        (row: { model: string }) => row.model,
      );
    for (const age of [401, 399.5, 398.5, 0]) await put(age);
    await server.host.clock.advance(dayMs);
    await database.write(async () => undefined);
    expect(await models()).toEqual(['age-398.5', 'age-0']);
    await put(500);
    await stops.pop()?.();
    const again = await started(server.dataDir);
    await again.host.get(Database).write(async () => undefined);
    expect(await models(again.host.get(Database))).toEqual(['age-398.5', 'age-0']);
  });
});

import { existsSync, statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { testClock } from 'dispatch/testing';
import { StorageError } from './contract.js';
import { cleanUp, items, names, put, setOf, started } from './storage.fixture.js';

afterEach(cleanUp);

describe('the one writer', () => {
  test('keeps what one writer was acknowledged when the other takes its own back', async () => {
    const { storage } = await started();
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const loser = storage.write(async (manager) => {
      await manager.query(`INSERT INTO item (name) VALUES ('loser')`);
      await gate;
      throw new Error('changed my mind');
    });
    const winner = put(storage, 'winner');
    release();
    await expect(loser).rejects.toThrow('changed my mind');
    await winner;
    expect(await names(storage)).toEqual(['winner']);
  });

  test('groups what waits together and takes back only the one that throws', async () => {
    const { storage } = await started();
    const all = await Promise.allSettled(
      Array.from({ length: 300 }, (_, i) =>
        storage.write(async (manager) => {
          await manager.query('INSERT INTO item (id, name) VALUES (?, ?)', [i + 1, `n${i}`]);
          if (i % 3 === 0) throw new Error(`no ${i}`);
          if (i % 7 === 0) await manager.query('INSERT INTO item (name) VALUES (?)', [`n${i}`]);
          return i;
        }),
      ),
    );
    const kept = all.flatMap((each) => (each.status === 'fulfilled' ? [`n${each.value}`] : []));
    expect(kept).toEqual(Array.from({ length: 300 }, (_, i) => i).flatMap((i) => (i % 3 && i % 7 ? [`n${i}`] : [])));
    expect(await names(storage)).toEqual(kept);
  });

  test('lets save() and transaction() of TypeORM join the running transaction', async () => {
    const { storage } = await started();
    await storage.write(async (manager) => {
      await manager.query(`INSERT INTO item (name) VALUES ('outer')`);
      await manager
        .transaction(async (inner) => {
          await inner.query(`INSERT INTO item (name) VALUES ('inner')`);
          throw new Error('inner only');
        })
        .catch(() => undefined);
    });
    expect(await names(storage)).toEqual(['outer']);
  });

  test('a single statement is a transaction by itself, alone and beside others', async () => {
    const { storage } = await started();
    const add = (name: string) => storage.statement("INSERT INTO item (name, body) VALUES (?, '')", () => [name]);
    await add('alone');
    const results = await Promise.allSettled([
      add('a'),
      put(storage, 'b'),
      storage.statement('INSERT INTO nowhere VALUES (?)', () => [1]),
      add('c'),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(await names(storage)).toEqual(['alone', 'a', 'b', 'c']);
  });

  test('passes an error that is not of the disk on as it is, and stays well', async () => {
    const { storage } = await started();
    await put(storage, 'one');
    await expect(put(storage, 'one')).rejects.toMatchObject({ driverError: { code: 'SQLITE_CONSTRAINT' } });
    expect(storage.problem()).toBeUndefined();
  });

  test('does all that waits before it stops, and nothing after; stopping twice is fine', async () => {
    const { storage } = await started();
    const writes = Array.from({ length: 200 }, (_, i) => put(storage, `n${i}`));
    await storage.stop();
    await storage.stop();
    expect(await Promise.all(writes)).toHaveLength(200);
    await expect(put(storage, 'after')).rejects.toThrow(StorageError);
    await expect(names(storage)).rejects.toThrow('does not run');
  });
});

test('a while after the start the log has its full length, and the database is as it was', async () => {
  const clock = testClock();
  const { storage, file } = await started(undefined, undefined, clock);
  await put(storage, 'before');
  const size = statSync(file).size;
  await clock.advance(500);
  while (statSync(`${file}-wal`).size < 4 * 1024 * 1024) await wait(5);
  await put(storage, 'after');
  expect(await names(storage)).toEqual(['before', 'after']);
  expect(await storage.read((manager) => manager.query("SELECT name FROM sqlite_master WHERE name = 'widening'"))).toEqual([]);
  expect(statSync(file).size).toBe(size);
  await storage.stop();
  expect(existsSync(`${file}-wal`)).toBe(false);
});

describe('pragmas', () => {
  test('are what durability needs, on the connection that writes; the one that reads cannot write', async () => {
    const { storage } = await started();
    const read = await storage.write(async (manager) => {
      const found: Record<string, unknown> = {};
      for (const pragma of ['journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout'])
        found[pragma] = Object.values((await manager.query(`PRAGMA ${pragma}`))[0])[0];
      return found;
    });
    expect(read).toEqual({ journal_mode: 'wal', synchronous: 2, foreign_keys: 1, busy_timeout: 5000 });
    await expect(storage.read((manager) => manager.query(`INSERT INTO item (name) VALUES ('x')`))).rejects.toMatchObject({
      code: 'read-only',
    });
  });
});

describe('a set that comes late', () => {
  test('has its tables before the next read or write, while writes go on', async () => {
    const sets = [items];
    const { storage } = await started(undefined, sets);
    const before = Array.from({ length: 50 }, (_, i) => put(storage, `n${i}`));
    sets.push(setOf(['Late1700000000001', 'CREATE TABLE late (id integer PRIMARY KEY)']));
    await Promise.all([
      storage.read((manager) => manager.query('SELECT * FROM late')),
      storage.write((manager) => manager.query('INSERT INTO late VALUES (7)')),
      ...before,
    ]);
    expect(await storage.read((manager) => manager.query('SELECT id FROM late'))).toEqual([{ id: 7 }]);
    expect(await names(storage)).toHaveLength(50);
  });

  test('is left out when its migration fails; the rest works and the reason is told', async () => {
    const sets = [items];
    const { storage, logger } = await started(undefined, sets);
    await put(storage, 'one');
    sets.push(setOf(['Bad1700000000001', 'CREATE TABLE half (id integer)', 'CREATE TABEL oops']));
    await put(storage, 'two');
    expect(await names(storage)).toEqual(['one', 'two']);
    expect(logger.records.join('\n')).toContain('the migration Bad1700000000001 failed');
    await expect(storage.read((manager) => manager.query('SELECT * FROM half'))).rejects.toThrow('the migration Bad1700000000001 failed');
  });
});

import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { testClock } from 'dispatch/testing';
import { buildSync } from 'esbuild';
import { damageIn } from './inspect-file.js';
import { RawFile } from './raw-file.js';
import { cleanUp, items, names, put, setOf, started, storageIn, tempFolder } from './storage.fixture.js';

afterEach(cleanUp);

describe('a disk that is full', () => {
  test('fails writes with a clear sentence, is told by the health check, and is over when there is room again', async () => {
    const clock = testClock();
    const { storage, logger } = await started(undefined, [items], clock);
    const [{ page_count: pages }] = await storage.write((manager) => manager.query('PRAGMA page_count'));
    await storage.write((manager) => manager.query(`PRAGMA max_page_count = ${pages + 8}`));
    const results = await Promise.allSettled(Array.from({ length: 12 }, (_, i) => put(storage, `big ${i}`, 'x'.repeat(9000))));
    const kept = results.flatMap((each, i) => (each.status === 'fulfilled' ? [`big ${i}`] : []));
    const refused = results.filter((each) => each.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    for (const each of refused) expect(each.reason).toMatchObject({ code: 'full', message: expect.stringContaining('the disk is full') });
    expect(await names(storage)).toEqual(kept);
    expect(storage.problem()).toContain('the disk is full');
    await storage.write((manager) => manager.query('SELECT 1'));
    await clock.advance(3000);
    expect(storage.problem()).toContain('the disk is full');
    await storage.write((manager) => manager.query('PRAGMA max_page_count = 100000'));
    await clock.advance(1000);
    await put(storage, 'after', 'x'.repeat(9000));
    expect(storage.problem()).toBeUndefined();
    expect(await names(storage)).toEqual([...kept, 'after']);
    expect(logger.records.filter((line) => line.startsWith('error'))).toHaveLength(1);
  });

  test('is noticed to be over by the probe alone', async () => {
    const clock = testClock();
    const { storage } = await started(undefined, [items], clock);
    const [{ page_count: pages }] = await storage.write((manager) => manager.query('PRAGMA page_count'));
    await storage.write((manager) => manager.query(`PRAGMA max_page_count = ${pages}`));
    await expect(put(storage, 'big', 'x'.repeat(90_000))).rejects.toMatchObject({ code: 'full' });
    await storage.write((manager) => manager.query('PRAGMA max_page_count = 100000'));
    while (storage.problem()) await clock.advance(1000);
    expect(await names(storage)).toEqual([]);
  });
});

test('a file that cannot be written is told by the health check; it is opened again until it can', async () => {
  const clock = testClock();
  const { storage } = await started(undefined, [items], clock);
  await put(storage, 'one');
  await storage.write((manager) => manager.query('PRAGMA query_only = ON'));
  await expect(put(storage, 'two')).rejects.toMatchObject({ code: 'read-only' });
  expect([storage.problem() ?? '', await names(storage)]).toEqual([expect.stringContaining('cannot be written'), ['one']]);
  while (storage.problem()) await clock.advance(1000);
  await put(storage, 'three');
  expect(await names(storage)).toEqual(['one', 'three']);
});

describe('the lock', () => {
  test('refuses a second server and names the first', async () => {
    const { dataDir, storage } = await started();
    await expect(storageIn(dataDir).storage.start()).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringContaining(`process ${process.pid}`),
    });
    await put(storage, 'still here');
    await storage.stop();
    expect(existsSync(join(dataDir, 'dispatch.lock'))).toBe(false);
    await storageIn(dataDir).storage.start();
  });

  test.each([
    ['of a process that is gone', JSON.stringify({ pid: 2 ** 22 + 7, began: null })],
    ['of another process that had the same pid', JSON.stringify({ pid: process.pid, began: 'another boot/1' })],
    ['that is half written', '{"pid":'],
  ])('takes over one %s', async (_, text) => {
    const dataDir = tempFolder();
    writeFileSync(join(dataDir, 'dispatch.lock'), text);
    const { storage } = await started(dataDir);
    expect(JSON.parse(readFileSync(join(dataDir, 'dispatch.lock'), 'utf8'))).toMatchObject({ pid: process.pid });
    await put(storage, 'mine');
  });

  test('makes a missing data folder that only this user may enter', async () => {
    const dataDir = join(tempFolder(), 'a', 'b');
    await started(dataDir);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  });

  test('says what is wrong with a data folder that is a file', async () => {
    const path = join(tempFolder(), 'file');
    writeFileSync(path, 'x');
    await expect(storageIn(path).storage.start()).rejects.toThrow(/the folder .*file cannot be used for data/);
  });
});

/** A closed database with many rows, and its path. */
async function filled(rows: number): Promise<{ dataDir: string; file: string }> {
  const { storage, dataDir, file } = await started();
  await Promise.all(Array.from({ length: rows }, (_, i) => put(storage, `row ${i}`, `${i}`.repeat(100))));
  await storage.stop();
  return { dataDir, file };
}
const beside = (dataDir: string, word: string): string[] => readdirSync(dataDir).filter((name) => name.includes(word));

describe('a damaged file', () => {
  test.each([
    ['garbage', (whole: Buffer) => Buffer.alloc(whole.length, 'garbage ')],
    ['cut to less than a header', (whole: Buffer) => whole.subarray(0, 10)],
    ['a header without a database', (whole: Buffer) => Buffer.concat([whole.subarray(0, 100), Buffer.alloc(8000)])],
  ])('that is %s is set aside whole, and a new one begun, loudly', async (_, spoil) => {
    const { dataDir, file } = await filled(100);
    const bad = spoil(readFileSync(file));
    writeFileSync(file, bad);
    const { storage, logger } = await started(dataDir);
    await put(storage, 'new');
    expect(await names(storage)).toEqual(['new']);
    const [aside] = beside(dataDir, '.damaged-');
    expect(readFileSync(join(dataDir, aside as string)).equals(bad)).toBe(true);
    expect(logger.records.join('\n')).toMatch(/^error .*is damaged .*set aside as/m);
  });

  test('is told from a sound one while it is in use', async () => {
    const { file } = await filled(1000);
    const { signal } = new AbortController();
    expect(await damageIn(file, signal)).toBeUndefined();
    const whole = readFileSync(file);
    writeFileSync(file, whole.fill(7, Math.floor(whole.length * 0.6), Math.floor(whole.length * 0.7)));
    expect(await damageIn(file, signal)).toEqual(expect.any(String));
    expect(await damageIn(file, AbortSignal.abort())).toBeUndefined();
  });

  test('that lost its end gives back the rows that can be read, and takes new ones', async () => {
    const { dataDir, file } = await filled(1000);
    const whole = readFileSync(file);
    writeFileSync(file, whole.subarray(0, Math.floor(whole.length * 0.7)));
    const { storage, logger } = await started(dataDir);
    const found = await names(storage);
    expect(found.length).toBeGreaterThan(300);
    expect(new Set(found).size).toBe(found.length);
    await put(storage, 'new');
    expect(logger.records.join('\n')).toMatch(/error .*rows were salvaged from it; rows are missing in item/);
    await storage.stop();
    const again = await started(dataDir);
    expect(await names(again.storage)).toEqual([...found, 'new']);
    expect(beside(dataDir, '.damaged-')).toHaveLength(1);
  });

  test('with a hole in it gives back the rows before and behind the hole', async () => {
    const { dataDir, file } = await filled(2000);
    const bytes = readFileSync(file);
    bytes.fill(0xa5, Math.floor(bytes.length / 2) & ~4095, (Math.floor(bytes.length / 2) & ~4095) + 3 * 4096);
    writeFileSync(file, bytes);
    const { storage } = await started(dataDir);
    const found = await names(storage);
    expect(found.length).toBeGreaterThan(1000);
    expect(found.at(-1)).toBe('row 1999');
    expect(found[0]).toBe('row 0');
  });

  test('that is empty begins anew and says so', async () => {
    const dataDir = tempFolder();
    writeFileSync(join(dataDir, 'dispatch.db'), '');
    const { storage, logger } = await started(dataDir);
    await put(storage, 'new');
    expect(logger.records.join('\n')).toContain('is empty');
  });

  test('that belongs to another program is set aside untouched', async () => {
    const dataDir = tempFolder();
    const file = join(dataDir, 'dispatch.db');
    const other = await RawFile.open(file, 'create');
    await other.exec('CREATE TABLE item (photo blob)');
    await other.close();
    const bytes = readFileSync(file);
    const { storage } = await started(dataDir);
    await put(storage, 'ours');
    expect(readFileSync(join(dataDir, beside(dataDir, '.foreign-')[0] as string)).equals(bytes)).toBe(true);
  });

  test('a log left without its file does not spoil the new one', async () => {
    const dataDir = tempFolder();
    writeFileSync(join(dataDir, 'dispatch.db-wal'), 'left over');
    const { storage } = await started(dataDir);
    await put(storage, 'new');
    expect(await names(storage)).toEqual(['new']);
  });
});

describe('migrations', () => {
  test('run on an old file after a backup, of which the newest three are kept', async () => {
    const { dataDir } = await filled(10);
    for (let n = 1; n <= 5; n++) {
      const more = Array.from({ length: n }, (_, i): [string, string] => [
        `More170000000000${i + 1}`,
        `CREATE TABLE more${i} (id integer)`,
      ]);
      const { storage } = await started(dataDir, [items, setOf(...more)]);
      await put(storage, `after ${n}`);
      await storage.stop();
    }
    const backups = beside(dataDir, '.backup-');
    expect(backups).toHaveLength(3);
    const newest = await RawFile.open(join(dataDir, backups.sort().at(-1) as string), 'read');
    expect(await newest.all('SELECT count(*) AS n FROM item')).toEqual([{ n: 14 }]);
    await newest.close();
  });

  test('that fail leave the file as it was, and name the backup', async () => {
    const { dataDir, file } = await filled(10);
    const bad = setOf(['Bad1700000000009', 'DELETE FROM item', 'CREATE TABEL oops']);
    await expect(storageIn(dataDir, [items, bad]).storage.start()).rejects.toThrow(
      /the migration Bad1700000000009 failed: .*the file is as it was before, and a copy of it is .*backup-/,
    );
    const raw = await RawFile.open(file, 'read');
    expect(await raw.all('SELECT count(*) AS n FROM item')).toEqual([{ n: 10 }]);
    await raw.close();
    expect(existsSync(join(dataDir, 'dispatch.lock'))).toBe(false);
    expect(await names((await started(dataDir)).storage)).toHaveLength(10);
  });

  test('of a newer server refuse the start', async () => {
    const newer = setOf(['Items1700000000000', 'CREATE TABLE item (id)'], ['Next1800000000000', 'CREATE TABLE next (id)']);
    const { dataDir, storage } = await started(undefined, [newer]);
    await storage.stop();
    await expect(storageIn(dataDir).storage.start()).rejects.toThrow(/newer version of this server.*Next1800000000000/);
  });

  test('that nobody knows, by name or by format, refuse the start', async () => {
    const { dataDir, file } = await filled(1);
    const raw = await RawFile.open(file, 'write');
    await raw.exec(`INSERT INTO migrations (timestamp, name) VALUES (1900000000000, 'Future1900000000000')`);
    await expect(storageIn(dataDir).storage.start()).rejects.toThrow('Future1900000000000');
    await raw.exec(`DELETE FROM migrations WHERE timestamp = 1900000000000; PRAGMA user_version = 99`);
    await raw.close();
    await expect(storageIn(dataDir).storage.start()).rejects.toThrow('its format is 99');
  });

  test('of a plugin that is gone do not hinder the start', async () => {
    const { dataDir, storage } = await started(undefined, [items, setOf(['Guest1700000000001', 'CREATE TABLE guest (id)'])]);
    await storage.stop();
    await started(dataDir);
  });
});

describe('kill -9', () => {
  test('loses nothing that was acknowledged, and leaves a whole file', async () => {
    const folder = tempFolder();
    const script = join(folder, 'writer.mjs');
    buildSync({
      stdin: { contents: writer, resolveDir: import.meta.dirname, loader: 'ts' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: script,
      alias: {
        'dispatch/kernel': join(import.meta.dirname, '../../kernel/index.ts'),
        'dispatch/testing': join(import.meta.dirname, '../../kernel/testing/index.ts'),
      },
      external: ['typeorm', 'sqlite3'],
    });
    const modules = join(import.meta.dirname, '../../node_modules');
    symlinkSync(modules, join(folder, 'node_modules'));
    const dataDir = join(folder, 'data');
    const acknowledged = new Set<string>();
    for (let round = 0; round < 4; round++) {
      const child = spawn(process.execPath, [script, dataDir, String(round)], { stdio: ['ignore', 'pipe', 'inherit'] });
      let rest = '';
      await new Promise<void>((resolve) => {
        child.stdout.on('data', (data) => {
          const lines = (rest + data).split('\n');
          rest = lines.pop() as string;
          for (const line of lines) acknowledged.add(line);
          if (acknowledged.size > (round + 1) * 150) child.kill('SIGKILL');
        });
        child.on('exit', () => resolve());
      });
    }
    expect(acknowledged.size).toBeGreaterThan(600);
    const { storage } = await started(dataDir);
    const found = new Set(await names(storage));
    expect([...acknowledged].filter((name) => !found.has(name))).toEqual([]);
    expect(await storage.read((manager) => manager.query('PRAGMA integrity_check'))).toEqual([{ integrity_check: 'ok' }]);
    expect(beside(dataDir, '.damaged-')).toEqual([]);
  });
});

const writer = `
import { started, put } from './storage.fixture.js';
const [, , dataDir, round] = process.argv;
const { storage } = await started(dataDir);
for (let i = 0; i < 5; i++)
  void (async () => {
    for (let n = 0; ; n++) {
      const name = [round, i, n].join('-');
      await put(storage, name, 'x'.repeat(n % 3000));
      process.stdout.write(name + '\\n');
    }
  })();
`;

/** What the tests of the storage share: real files in a folder of their own. */
import { mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock, Config } from 'dispatch/kernel';
import { quietLogger } from 'dispatch/testing';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { systemClock } from '../../apps/server/boot/system-clock.js';
import type { EntitySet } from './contract.js';
import { SqliteStorage } from './sqlite-storage.js';

export const configOf = (values: Record<string, unknown>): Config => ({
  value: (key) => values[key],
  text: (key) => String(values[key]),
  number: (key) => Number(values[key]),
  flag: (key) => Boolean(values[key]),
  list: (key) => values[key] as string[],
});

/** A set of one migration, spelt as SQL. */
export function setOf(...migrations: [name: string, ...sql: string[]][]): EntitySet {
  return {
    entities: [],
    migrations: migrations.map(
      ([name, ...sql]) =>
        class implements MigrationInterface {
          readonly name = name;
          async up(runner: QueryRunner) {
            for (const each of sql) await runner.query(each);
          }
          async down() {}
        },
    ),
  };
}

export const items = setOf(['Items1700000000000', 'CREATE TABLE item (id integer PRIMARY KEY, name text UNIQUE, body text)']);

const opened: SqliteStorage[] = [];
const folders: string[] = [];

export function tempFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dispatch-storage-')));
  folders.push(folder);
  return folder;
}

export function storageIn(dataDir: string, sets: readonly EntitySet[] = [items], clock: Clock = systemClock) {
  const logger = quietLogger();
  const file = join(dataDir, 'dispatch.db');
  const storage = new SqliteStorage(configOf({ dataDir, db: file }), logger, clock, sets);
  opened.push(storage);
  return { storage, logger, file, dataDir };
}

export async function started(dataDir = tempFolder(), sets: readonly EntitySet[] = [items], clock: Clock = systemClock) {
  const made = storageIn(dataDir, sets, clock);
  await made.storage.start();
  return made;
}

export const names = (storage: SqliteStorage): Promise<string[]> =>
  storage.read(async (manager) => (await manager.query('SELECT name FROM item ORDER BY id')).map((row: { name: string }) => row.name));

export const put = (storage: SqliteStorage, name: string, body = ''): Promise<unknown> =>
  storage.write((manager) => manager.query('INSERT INTO item (name, body) VALUES (?, ?)', [name, body]));

export async function cleanUp(): Promise<void> {
  for (const storage of opened.splice(0)) await storage.stop();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

import type { EntityManager } from 'typeorm';
import type { Database } from '../storage-sqlite/contract.js';
import { type KeyValueStore, limits } from './contract.js';

/** The values of one plugin, as rows of the table. */
export class TableStore implements KeyValueStore {
  constructor(
    private readonly database: Database,
    private readonly plugin: string,
  ) {}

  get(key: string): Promise<unknown> {
    return this.database.read((manager) => this.read(manager, key));
  }

  async set(key: string, value: unknown): Promise<void> {
    const json = jsonOf(key, value);
    await this.database.write((manager) => this.write(manager, key, json));
  }

  update(key: string, change: (value: unknown) => unknown): Promise<unknown> {
    checkKey(key);
    return this.database.write(async (manager) => {
      const next = change(await this.read(manager, key));
      if (next instanceof Promise) throw new TypeError(`the next value of "${key}" is a promise: make it without waiting`);
      if (next === undefined) await this.remove(manager, key);
      else await this.write(manager, key, jsonOf(key, next));
      return next;
    });
  }

  delete(key: string): Promise<boolean> {
    return this.database.write(async (manager) => {
      const was = (await this.read(manager, key)) !== undefined;
      if (was) await this.remove(manager, key);
      return was;
    });
  }

  async keys(prefix = ''): Promise<string[]> {
    const rows: { key: string }[] = await this.database.read((manager) =>
      manager.query('SELECT key FROM plugin_value WHERE plugin = ? AND substr(key, 1, length(?)) = ? ORDER BY key', [
        this.plugin,
        prefix,
        prefix,
      ]),
    );
    return rows.map(({ key }) => key);
  }

  async clear(): Promise<void> {
    await this.database.write((manager) => manager.query('DELETE FROM plugin_value WHERE plugin = ?', [this.plugin]));
  }

  private async read(manager: EntityManager, key: string): Promise<unknown> {
    const [row] = await manager.query('SELECT value FROM plugin_value WHERE plugin = ? AND key = ?', [this.plugin, key]);
    return row && JSON.parse(row.value);
  }

  private async write(manager: EntityManager, key: string, json: string): Promise<void> {
    const [{ count }] = await manager.query('SELECT count(*) AS count FROM plugin_value WHERE plugin = ? AND key <> ?', [this.plugin, key]);
    if (count >= limits.keys) throw new RangeError(`the plugin "${this.plugin}" keeps ${limits.keys} values already: delete some`);
    await manager.query('INSERT OR REPLACE INTO plugin_value (plugin, key, value) VALUES (?, ?, ?)', [this.plugin, key, json]);
  }

  private async remove(manager: EntityManager, key: string): Promise<void> {
    await manager.query('DELETE FROM plugin_value WHERE plugin = ? AND key = ?', [this.plugin, key]);
  }
}

function checkKey(key: string): void {
  if (typeof key !== 'string' || key === '' || key.length > limits.key)
    throw new RangeError(`a key has 1 to ${limits.key} characters, not ${String(key).length}`);
}

function jsonOf(key: string, value: unknown): string {
  checkKey(key);
  const json = JSON.stringify(value) as string | undefined;
  if (json === undefined) throw new RangeError(`the value of "${key}" is nothing that JSON can say; to take a value away, delete it`);
  const size = Buffer.byteLength(json);
  if (size > limits.value) throw new RangeError(`the value of "${key}" has ${size} bytes as JSON, and may have ${limits.value}`);
  return json;
}

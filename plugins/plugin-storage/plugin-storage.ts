import { inject, plugin } from 'dispatch/kernel';
import { Database } from '../storage-sqlite/contract.js';
import { KeyValue, type KeyValueStore } from './contract.js';
import { TableStore } from './table-store.js';

/** Gives each plugin a store of its own, in the one database. */
@plugin({ id: 'plugin-storage', version: '0.1.0', provides: KeyValue })
export class PluginStorage implements KeyValue {
  constructor(@inject(Database) private readonly database: Database) {}

  for(pluginId: string): KeyValueStore {
    if (!/^[a-z][a-z0-9-]{0,63}$/.test(pluginId)) throw new RangeError(`"${pluginId}" is no id of a plugin: ask by your own`);
    return new TableStore(this.database, pluginId);
  }
}

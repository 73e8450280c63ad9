import { definePlugin } from 'dispatch/kernel';
import { EntitySets } from '../storage-sqlite/contract.js';
import { PluginValueRow } from './entities/plugin-value-row.js';
import { PluginStorage1763900000000 } from './plugin-storage-migration.js';

/** The table, apart from the plugin that needs the database it is in. */
export const pluginStorageSchema = definePlugin({
  id: 'plugin-storage-schema',
  version: '0.1.0',
  provides: EntitySets,
  create: () => ({ entities: [PluginValueRow], migrations: [PluginStorage1763900000000] }),
});

import { definePlugin } from 'dispatch/kernel';
import { EntitySets } from '../storage-sqlite/contract.js';
import { CacheWarming1763812000000 } from './cache-warming-migration.js';
import { WarmingRow } from './entities/warming-row.js';

/** The table, apart from the plugin that needs the database it is in. */
export const cacheWarmingSchema = definePlugin({
  id: 'cache-warming-schema',
  version: '0.1.0',
  provides: EntitySets,
  create: () => ({ entities: [WarmingRow], migrations: [CacheWarming1763812000000] }),
});

import { definePlugin } from 'dispatch/kernel';
import { EntitySets } from '../storage-sqlite/contract.js';
import { SampleRow } from './entities/sample-row.js';
import { Throughput1763811000000 } from './throughput-migration.js';

/** The table, apart from the plugin that needs the database it is in. */
export const throughputSchema = definePlugin({
  id: 'throughput-store-schema',
  version: '0.1.0',
  provides: EntitySets,
  create: () => ({ entities: [SampleRow], migrations: [Throughput1763811000000] }),
});

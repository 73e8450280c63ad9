import { definePlugin } from 'dispatch/kernel';
import { EntitySets } from '../storage-sqlite/contract.js';
import { Search1763850000000 } from './search-migration.js';

/** The tables, apart from the plugin that needs the database they are in. They are asked in SQL only. */
export const searchSchema = definePlugin({
  id: 'search-schema',
  version: '0.1.0',
  provides: EntitySets,
  create: () => ({ entities: [], migrations: [Search1763850000000] }),
});

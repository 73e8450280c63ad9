import { definePlugin } from 'dispatch/kernel';
import { EntitySets } from '../storage-sqlite/contract.js';
import { KeyedRequestRow } from './entities/keyed-request-row.js';
import { Idempotency1763813000000 } from './idempotency-migration.js';

/** The table, apart from the plugin that needs the database it is in. */
export const idempotencySchema = definePlugin({
  id: 'idempotency-schema',
  version: '0.1.0',
  provides: EntitySets,
  create: () => ({ entities: [KeyedRequestRow], migrations: [Idempotency1763813000000] }),
});

import { definePlugin } from 'dispatch/kernel';
import { EntitySets } from '../storage-sqlite/contract.js';
import { TrustedContentRow } from './entities/trusted-content-row.js';
import { Trust1763807100000 } from './trust-migration.js';

/** The table of decisions, apart from the service that needs the database it is in. */
export const trustSchema = definePlugin({
  id: 'trust-schema',
  version: '0.1.0',
  provides: EntitySets,
  create: () => ({ entities: [TrustedContentRow], migrations: [Trust1763807100000] }),
});

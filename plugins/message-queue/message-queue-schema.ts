import { definePlugin } from 'dispatch/kernel';
import { EntitySets } from '../storage-sqlite/contract.js';
import { QueuedMessageRow } from './entities/queued-message-row.js';
import { MessageQueue1763800100000 } from './queue-migration.js';

/** The table, apart from the queue that needs the database it is in. */
export const messageQueueSchema = definePlugin({
  id: 'message-queue-schema',
  version: '0.1.0',
  provides: EntitySets,
  create: () => ({ entities: [QueuedMessageRow], migrations: [MessageQueue1763800100000] }),
});

import { definePlugin } from 'dispatch/kernel';
import { EntitySets } from '../storage-sqlite/contract.js';
import { Conversations1763800000000 } from './conversations-migration.js';
import { ChunkRow } from './entities/chunk-row.js';
import { ConversationRow } from './entities/conversation-row.js';
import { DraftRow } from './entities/draft-row.js';
import { TurnRow } from './entities/turn-row.js';
import { WorkspaceRow } from './entities/workspace-row.js';
import { TurnStatements1763800000001 } from './turn-statements-migration.js';
import { WorkspaceActivity1763861000000 } from './workspace-activity-migration.js';

/** The tables, apart from the store that needs the database they are in. */
export const conversationStoreSchema = definePlugin({
  id: 'conversation-store-schema',
  version: '0.1.0',
  provides: EntitySets,
  create: () => ({
    entities: [WorkspaceRow, ConversationRow, ChunkRow, TurnRow, DraftRow],
    migrations: [Conversations1763800000000, TurnStatements1763800000001, WorkspaceActivity1763861000000],
  }),
});

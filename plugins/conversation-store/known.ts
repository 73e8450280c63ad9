import type { ConversationRow } from './entities/conversation-row.js';

/** A conversation's row, and where its log ends (once that was asked for). */
export type Known = ConversationRow & { tail?: { seq: number; message: number } };

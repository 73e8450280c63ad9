import { conversationRoutes } from './conversation-routes.js';
import { ConversationStore } from './conversation-store.js';
import { conversationStoreSchema } from './conversation-store-schema.js';

export default [conversationStoreSchema, ConversationStore, conversationRoutes];

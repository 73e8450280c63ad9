import type { ServerMessage } from 'dispatch/wire';
import * as z from 'zod';
import { pluginStatus } from '../../plugins/plugin-status/contract.js';
import { chatEvent } from '../../plugins/session-orchestrator/chat-event.js';
import { catalogSchema, surfaceSchema } from '../../plugins/surface-registry/surface-schema.js';
import { wire } from '../../plugins/transport-http/contract.js';

const conversationId = z.string();
const told = <T extends string, M extends z.core.$ZodLooseShape>(type: T, members: M) =>
  z.strictObject({ type: z.literal(type), ...members });

/** Everything a server may send over a socket; agrees with the wire type, or does not compile. */
export const serverMessage = wire<ServerMessage>('ServerMessage')(
  z.discriminatedUnion('type', [
    told('chat.delta', { event: chatEvent }),
    told('chat.error', { conversationId: conversationId.optional(), message: z.string() }),
    told('surface', { spec: surfaceSchema, conversationId: conversationId.optional() }),
    told('update', { update: z.strictObject({ surfaceId: z.string(), spec: surfaceSchema, conversationId: conversationId.optional() }) }),
    told('error', { surfaceId: z.string().optional(), message: z.string() }),
    told('catalog', { catalog: catalogSchema.shape.catalog }),
    told('conversation.open', { conversationId, workspaceId: z.string() }),
    told('conversation.statusChanged', { conversationId, status: z.enum(['active', 'queued', 'idle', 'closed']), workspaceId: z.string() }),
    told('conversation.compacted', {
      conversationId,
      newConversationId: z.string(),
      messagesSummarized: z.number().int(),
      messagesKept: z.number().int(),
    }),
    told('plugin.changed', { plugin: pluginStatus }),
  ]),
);

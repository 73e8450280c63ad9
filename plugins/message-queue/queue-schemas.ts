import type { QueueEditRequest, QueueRequest } from 'dispatch/wire';
import * as z from 'zod';
import { conversationIdPattern } from '../conversation-store/contract.js';
import { wire } from '../transport-http/contract.js';
import { workspaceIdPattern } from '../workspaces/contract.js';

/** What clients send of a queue, over HTTP, a socket or its surface. */
export const conversationId = z
  .string()
  .regex(conversationIdPattern, 'a conversation id has 1 to 200 characters, none of them a control character')
  .meta({ examples: ['my-conversation'] });
export const messageId = z.string().min(1).max(200);
export const textBody = wire<QueueEditRequest>('QueueEditRequest')(z.object({ text: z.string() }));
export const addBody = wire<QueueRequest>('QueueRequest')(
  z.object({
    text: z.string(),
    workspaceId: z.string().regex(workspaceIdPattern, 'a workspace id has 1 to 40 of a-z, 0-9 and "-"').optional(),
  }),
);

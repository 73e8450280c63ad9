import type { ChatRequest } from 'dispatch/wire';
import * as z from 'zod';
import { conversationIdPattern } from '../conversation-store/contract.js';
import { wire } from '../transport-http/contract.js';

/** Any text without control characters; clients mint their own ids. */
export const conversationId = z
  .string()
  .regex(conversationIdPattern, 'must be 1 to 200 characters, none of them a control character')
  .meta({ examples: ['my-conversation'] });

/** What starts a turn: the body of `POST /chat`, and the members of the socket's `chat.send`. */
export const chatRequest = wire<ChatRequest>('ChatRequest')(
  z.object({
    conversationId: conversationId.optional(),
    message: z.string(),
    images: z
      .array(
        z.object({
          url: z
            .string()
            .regex(/^(data:image\/|https?:\/\/)/, 'must be a data: or http(s): address of an image')
            .meta({ examples: ['data:image/gif;base64,R0lGODlhAQABAAAAACw='] }),
          mimeType: z.string().optional(),
        }),
      )
      .max(32)
      .optional(),
    model: z.string().min(1).max(400).optional(),
    cwd: z.string().min(1).max(4096).optional(),
    reasoningEffort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).optional(),
    workspaceId: z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/, 'must be 1 to 40 of a-z, 0-9 and -')
      .optional(),
  }),
);

import { inject, plugin } from 'dispatch/kernel';
import type { CompactAnswer, CompactRequest } from 'dispatch/wire';
import * as z from 'zod';
import { conversationIdPattern } from '../conversation-store/contract.js';
import { HttpError, type Route, type RouteGroup, Routes, route, wire } from '../transport-http/contract.js';
import { CompactionRefused, Compactions, type RefusalReason } from './contract.js';

const params = z.object({
  id: z.string().regex(conversationIdPattern, 'a conversation id has 1 to 200 characters, none of them a control character'),
});
const body = wire<CompactRequest>('CompactRequest')(
  z.object({
    keepLastN: z.number().int().min(1).max(100_000).optional(),
    modelName: z
      .string()
      .max(500)
      .refine((name) => name.trim() !== '', 'a model name is <credential>/<model>; leave it out for the conversation’s own')
      .optional(),
  }),
);
const count = z.number().int().min(0);
const answer = wire<CompactAnswer>('CompactAnswer')(
  z.object({
    conversationId: z.string(),
    newConversationId: z.string(),
    messagesSummarized: count,
    messagesKept: count,
  }),
);

const statuses: Record<RefusalReason, number> = {
  unknown: 404,
  busy: 409,
  changed: 409,
  short: 422,
  larger: 422,
  model: 400,
  provider: 502,
};

@plugin({ id: 'compaction-routes', version: '0.1.0', provides: Routes })
export class CompactionRoutes implements RouteGroup {
  readonly routes: readonly Route[];

  constructor(@inject(Compactions) compactions: Compactions) {
    this.routes = [
      route({
        method: 'POST',
        path: '/conversations/:id/compact',
        summary: 'Puts a summary in the place of the older messages; the whole history becomes an archive',
        params,
        body,
        bodyOptional: true,
        answer,
        errors: Object.values(statuses),
        handle: ({ params, body }) => compactions.compact(params.id, body).catch(refuse),
      }),
    ];
  }
}

function refuse(thrown: unknown): never {
  if (!(thrown instanceof CompactionRefused)) throw thrown;
  throw new HttpError(statuses[thrown.reason], thrown.message, { code: `compact-${thrown.reason}` });
}

import { inject, plugin } from 'dispatch/kernel';
import type { WarmAnswer, WarmRequest } from 'dispatch/wire';
import * as z from 'zod';
import { conversationIdPattern } from '../conversation-store/contract.js';
import { HttpError, type Route, type RouteGroup, Routes, route, wire } from '../transport-http/contract.js';
import { Warmings } from './cache-warming.js';
import { WarmRefused } from './warm-up.js';

const body = wire<WarmRequest>('WarmRequest')(
  z.object({
    conversationId: z
      .string()
      .regex(conversationIdPattern, 'a conversation id has 1 to 200 characters, none of them a control character')
      .meta({ examples: ['my-conversation'] }),
    model: z.string().min(1).max(500).optional(),
    cwd: z
      .string()
      .max(4096)
      .refine((path) => path.trim() !== '' && !path.includes('\0'), 'a directory cannot be blank')
      .optional(),
  }),
);
const count = z.number().int().min(0);
const percent = z.number().int().min(0).max(100);
const answer = wire<WarmAnswer>('WarmAnswer')(
  z.object({
    ...{ inputTokens: count, outputTokens: count, cacheReadTokens: count, cacheWriteTokens: count },
    ...{ cachePct: percent, expectedCacheRate: percent },
  }),
);

const statuses = { busy: 409, empty: 409, model: 400, provider: 502 } as const;

@plugin({ id: 'cache-warming-routes', version: '0.1.0', provides: Routes })
export class WarmRoutes implements RouteGroup {
  readonly routes: readonly Route[];

  constructor(@inject(Warmings) warmings: Warmings) {
    this.routes = [
      route({
        method: 'POST',
        path: '/chat/warm',
        summary: 'Keeps the provider’s cache of a conversation warm; stores nothing',
        body,
        answer,
        errors: [400, 409, 502],
        handle: ({ body }) => warmings.warm(body).catch(refuse),
      }),
    ];
  }
}

function refuse(thrown: unknown): never {
  if (!(thrown instanceof WarmRefused)) throw thrown;
  throw new HttpError(statuses[thrown.reason], thrown.message, { code: `warm-${thrown.reason}` });
}

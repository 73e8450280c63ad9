import { Config, inject, plugin } from 'dispatch/kernel';
import type { LspAnswer, LspServerStatus } from 'dispatch/wire';
import * as z from 'zod';
import { Conversations, conversationIdPattern } from '../conversation-store/contract.js';
import { type Route, type RouteGroup, Routes, route, wire } from '../transport-http/contract.js';
import { directoryOf } from '../trust/contract.js';
import { LspServers } from './lsp-servers.js';

const server = wire<LspServerStatus>('LspServerStatus')(
  z.object({
    id: z.string(),
    name: z.string(),
    root: z.string(),
    extensions: z.array(z.string()),
    state: z.enum(['connected', 'starting', 'error', 'not-started']),
    error: z.string().optional(),
    configSource: z.string().optional(),
  }),
);
const answer = wire<LspAnswer>('LspAnswer')(z.object({ conversationId: z.string(), cwd: z.string(), servers: z.array(server) }));

@plugin({ id: 'lsp-routes', version: '0.1.0', provides: Routes })
export class LspController implements RouteGroup {
  readonly routes: readonly Route[];

  constructor(
    @inject(LspServers) servers: LspServers,
    @inject(Conversations) conversations: Conversations,
    @inject(Config) config: Config,
  ) {
    this.routes = [
      route({
        method: 'GET',
        path: '/conversations/:id/lsp',
        summary: "The language servers of a conversation's working directory; asking starts none",
        params: z.object({ id: z.string().regex(conversationIdPattern, 'must be 1 to 200 characters, none of them a control character') }),
        answer,
        handle: async ({ params: { id } }): Promise<LspAnswer> => {
          const cwd = await directoryOf(id, conversations, config);
          return { conversationId: id, cwd, servers: await servers.status(cwd) };
        },
      }),
    ];
  }
}

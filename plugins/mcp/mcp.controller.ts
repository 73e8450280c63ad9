import { Config, inject, plugin } from 'dispatch/kernel';
import type { McpAnswer, McpServerStatus } from 'dispatch/wire';
import * as z from 'zod';
import { Conversations, conversationIdPattern } from '../conversation-store/contract.js';
import { type Route, type RouteGroup, Routes, route, wire } from '../transport-http/contract.js';
import { directoryOf } from '../trust/contract.js';
import { McpServers } from './mcp-servers.js';

const server = wire<McpServerStatus>('McpServerStatus')(
  z.object({
    id: z.string(),
    state: z.enum(['connecting', 'connected', 'error', 'disconnected']),
    error: z.string().optional(),
    toolCount: z.number().int(),
    configSource: z.string().optional(),
  }),
);
const answer = wire<McpAnswer>('McpAnswer')(z.object({ conversationId: z.string(), cwd: z.string(), servers: z.array(server) }));

@plugin({ id: 'mcp-routes', version: '0.1.0', provides: Routes })
export class McpController implements RouteGroup {
  readonly routes: readonly Route[];

  constructor(
    @inject(McpServers) servers: McpServers,
    @inject(Conversations) conversations: Conversations,
    @inject(Config) config: Config,
  ) {
    this.routes = [
      route({
        method: 'GET',
        path: '/conversations/:id/mcp',
        summary: "The MCP servers of a conversation's working directory; asking starts none",
        params: z.object({ id: z.string().regex(conversationIdPattern, 'must be 1 to 200 characters, none of them a control character') }),
        answer,
        handle: async ({ params: { id } }): Promise<McpAnswer> => {
          const cwd = await directoryOf(id, conversations, config);
          return { conversationId: id, cwd, servers: (await servers.of(cwd)).status() };
        },
      }),
    ];
  }
}

import { type Filter, inject, plugin, type Tool, ToolFilters, type TurnContext } from 'dispatch/kernel';
import { McpServers } from './mcp-servers.js';
import type { ServerConnection } from './server-connection.js';
import { toolNames } from './tool-names.js';

interface Offer {
  /** The lists it was made of. */
  made: readonly number[];
  tools: readonly Tool[];
}

/** Adds the tools of a turn's servers behind all others, in an order of their own. */
@plugin({ id: 'mcp-tools', version: '0.1.0', provides: ToolFilters })
export class McpTools implements Filter<readonly Tool[]> {
  /** What changes from directory to directory stands last, so that the prefix before it stays the same. */
  readonly order = 50;
  private readonly offers = new WeakMap<ReadonlyMap<string, ServerConnection>, Offer>();

  constructor(@inject(McpServers) private readonly servers: McpServers) {}

  async filter(tools: readonly Tool[], { cwd }: TurnContext): Promise<readonly Tool[]> {
    const { connections } = await this.servers.of(cwd);
    if (connections.size === 0) return tools;
    await Promise.all([...connections.values()].map((connection) => connection.offered()));
    const taken = new Set(tools.map(({ name }) => name));
    return [...tools, ...this.offered(connections).filter(({ name }) => !taken.has(name))];
  }

  private offered(connections: ReadonlyMap<string, ServerConnection>): readonly Tool[] {
    const made = [...connections.values()].map(({ tools }) => tools.version);
    const known = this.offers.get(connections);
    if (known?.made.every((version, i) => version === made[i])) return known.tools;
    const all = [...connections.values()].flatMap((connection) => connection.tools.list.map((info) => ({ connection, info })));
    const names = toolNames(all.map(({ connection, info }) => ({ server: connection.status().id, tool: info.name })));
    const tools = all.map(({ connection, info }, i): Tool => {
      const { description, input, readOnly } = info;
      const execute: Tool['execute'] = (given, context) => connection.call(info, given, context);
      return { name: names[i] as string, description, input, concurrencySafe: readOnly, execute };
    });
    tools.sort((a, b) => (a.name < b.name ? -1 : 1));
    this.offers.set(connections, { made, tools });
    return tools;
  }
}

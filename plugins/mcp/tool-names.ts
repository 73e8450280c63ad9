import { createHash } from 'node:crypto';

/** A tool as its server names it. */
export interface Named {
  server: string;
  tool: string;
}

const longest = 64;
const plain = (text: string): string => text.replace(/[^A-Za-z0-9_-]/g, '_');

/**
 * Names that every provider takes (`mcp__server__tool`, at most 64 of A-Z a-z 0-9 _ -), in the order given. Where two
 * would be the same, or one is too long, a digest of the real name tells them apart; who needs no change keeps the plain
 * name. A name depends on the set of tools only, never on their order. Pure.
 */
export function toolNames(tools: readonly Named[]): string[] {
  const wanted = tools.map(({ server, tool }) => `mcp__${plain(server)}__${plain(tool)}`);
  const count = new Map<string, number>();
  for (const name of wanted) count.set(name, (count.get(name) ?? 0) + 1);
  return tools.map(({ server, tool }, i) => {
    const name = wanted[i] as string;
    const exact = `mcp__${server}__${tool}` === name && !server.includes('__');
    if (name.length <= longest && (count.get(name) === 1 || exact)) return name;
    return `${name.slice(0, longest - 9)}_${digest(server, tool)}`;
  });
}

const digest = (server: string, tool: string): string =>
  createHash('sha256')
    .update(JSON.stringify([server, tool]))
    .digest('hex')
    .slice(0, 8);

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PluginStatus, PluginsAnswer, ServerMessage } from 'dispatch/wire';
import { folder, type RealServer } from './real-server.fixture.js';
import type { RealSocket } from './real-socket.fixture.js';

/** A folder of plugins that a test writes, changes and deletes while a server looks at it. */
export class PluginFolder {
  readonly path = folder('plugins');

  write(path: string, text: string): void {
    const file = join(this.path, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
  }

  delete(path: string): void {
    rmSync(join(this.path, path), { recursive: true });
  }
}

/** A plugin in plain JavaScript; `members` go into its class. */
export const plain = (id: string, provides: string | readonly string[], members: string, more = ''): string => `export default class {
  static plugin = { id: '${id}', version: '1.0.0', provides: ${JSON.stringify(provides)}${more} };
  ${members}
}
`;

/** A tool named after its plugin that answers some words. */
export const tool = (id: string, words = 'fine', members = '', more = ''): string =>
  plain(
    id,
    'dispatch.tool[]',
    `name = '${id.replaceAll('-', '_')}'; description = 'Says words.'; input = { type: 'object', properties: {} };
  execute() { return '${words}'; }
  ${members}`,
    more,
  );

/** The plugins as the server shows them, by the last part of where they came from. */
export async function pluginsOf(server: RealServer): Promise<Map<string, PluginStatus>> {
  const { plugins } = await server.get<PluginsAnswer>('/plugins');
  return new Map(plugins.map((each) => [`${each.source?.split('/').at(-1)}`, each]));
}

/** Asks until it is so; answers what was asked for, and after how many milliseconds. */
export async function until<T>(ask: () => Promise<T | undefined | false>): Promise<{ found: T; ms: number }> {
  const began = performance.now();
  for (;;) {
    const found = await ask();
    if (found) return { found, ms: performance.now() - began };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Takes the messages of a socket in order, each at most once. */
export class Inbox {
  private read = 0;

  constructor(private readonly socket: RealSocket) {}

  /** The first message of this kind behind the one that was taken last. */
  async next(matches: (message: ServerMessage) => boolean): Promise<ServerMessage> {
    for (;;) {
      const at = this.socket.got.findIndex((message, i) => i >= this.read && matches(message));
      if (at >= 0) {
        this.read = at + 1;
        return this.socket.got[at] as ServerMessage;
      }
      const { length } = this.socket.got;
      await this.socket.until(({ got }) => got.length > length);
    }
  }
}

/** What the tests of cache warming share: the host of the compaction tests, with these plugins and a tool. */
import { definePlugin, Tools } from 'dispatch/kernel';
import { started as hosted } from '../compaction/compaction.fixture.js';
import surfaceRegistry from '../surface-registry/index.js';
import systemPrompt from '../system-prompt/index.js';
import cacheWarming from './index.js';

export { cleanUp } from '../compaction/compaction.fixture.js';

const dice = definePlugin({
  id: 'dice',
  provides: Tools,
  create: () => ({ name: 'dice', description: 'Roll one die.', input: { type: 'object', properties: {} }, execute: () => 'six' }),
});

/** Whether the provider was asked for a warm-up. */
export const isWarmUp = ({ raw }: { raw: string }): boolean => raw.includes('"max_tokens":1}');

export async function started(dataDir?: string) {
  const server = await hosted({ more: [cacheWarming, systemPrompt, surfaceRegistry, dice], dataDir });
  const { provider, host, ask } = server;
  /** Lets work that waits for sockets and disks come to rest. */
  const settle = async () => {
    for (let quiet = 0, seen = -1; quiet < 8; quiet++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      const now = server.events.length + provider.seen.length + host.logger.records.length;
      if (now !== seen) quiet = 0;
      seen = now;
    }
  };
  return {
    ...server,
    settle,
    warmUps: () => provider.seen.filter(isWarmUp).length,
    warm: (body: Record<string, unknown> = {}) => ask('POST', '/chat/warm', { conversationId: 'c', ...body }),
    /** Moves the clock on, and lets happen what is due. */
    async pass(seconds: number) {
      await host.clock.advance(seconds * 1000);
      await settle();
    },
    act: (action: string, payload?: unknown, conversationId: string | undefined = 'c') =>
      ask('POST', `/surfaces/cache-warming/actions/cache-warming/${action}`, { payload, conversationId }),
    /** The fields of the surface, by label or renderer. */
    async shown(conversationId = 'c') {
      const { body } = await ask('GET', `/surfaces/cache-warming?conversationId=${conversationId}`);
      const fields = body.fields as { label?: string; rendererId?: string; value?: unknown; payload?: unknown }[];
      return Object.fromEntries(fields.map((field) => [field.label ?? field.rendererId, field.value ?? field.payload]));
    },
  };
}

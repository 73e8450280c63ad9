import type { PluginDefinition } from 'dispatch/kernel';
import { clientGuards } from '../../server/boot/faults/client-guards.js';
import { Keeper } from '../../server/boot/faults/keeper.js';
import { turnGuards } from '../../server/boot/faults/turn-guards.js';
import { systemClock } from '../../server/boot/system-clock.js';

const never = Number.MAX_SAFE_INTEGER;

/** A plugin that is refused, as a server would, where what it makes does not fit the slots that it fills. */
export function shaped(definition: PluginDefinition): PluginDefinition {
  const keeper = new Keeper(definition.id, definition.critical === true, systemClock, new Set(), () => undefined);
  return {
    ...definition,
    build: async (...needs) => {
      const built = await definition.build(...needs);
      if (Object(built) !== built) return built;
      for (const slot of definition.provides.map(Symbol.for))
        (turnGuards.get(slot) ?? clientGuards.get(slot))?.(built as never, keeper, { toolMs: never, filterMs: never });
      return built;
    },
  };
}

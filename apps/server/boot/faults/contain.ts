import { type Clock, Logger, type PluginDefinition } from 'dispatch/kernel';
import { clientGuards } from './client-guards.js';
import { Keeper, type Report } from './keeper.js';
import { pacedLogger } from './paced-logger.js';
import { standInFor } from './stand-in.js';
import { type GuardLimits, turnGuards } from './turn-guards.js';

export interface Containment {
  clock: Clock;
  limits: GuardLimits;
  /** Calls of dropped plugins that run just now. */
  running: Set<Promise<unknown>>;
  report: Report;
  /**
   * It is about to start. Answers what is done when that start is over: it has stopped, or never came so far. Throws,
   * with a sentence, when it cannot stand beside what is there.
   */
  begin(id: string, filled: readonly (readonly [slot: symbol, its: object])[]): () => void;
}

/**
 * A plugin whose faults stay its own. What it is shown as asks it for everything within a time limit; what throws, takes
 * too long or answers something else is noted under its name.
 */
export function contain(definition: PluginDefinition, hands: Containment): PluginDefinition {
  const { id, critical = false, needs } = definition;
  const keeper = new Keeper(id, critical, hands.clock, hands.running, hands.report);
  const flooded = () => keeper.fault('its log', 'it wrote more than 200 records in a second');
  const handed = (value: unknown, i: number): unknown =>
    needs[i] === Symbol.keyFor(Logger) ? pacedLogger(value as Logger, () => hands.clock.elapsed(), flooded) : value;
  return {
    ...definition,
    build: async (...values) => {
      const instance = await definition.build(...values.map(handed));
      return Object(instance) === instance ? shownAs(instance as object, definition, keeper, hands) : instance;
    },
  };
}

function shownAs(instance: object, { id, provides }: PluginDefinition, keeper: Keeper, hands: Containment): object {
  const slots = provides.map(Symbol.for);
  const guarded = slots.map((slot) => (turnGuards.get(slot) ?? clientGuards.get(slot))?.(instance as never, keeper, hands.limits));
  const { start } = instance as { start?(signal: AbortSignal): unknown };
  const begin = (signal: AbortSignal): unknown => {
    const over = hands.begin(
      id,
      slots.map((slot) => [slot, instance] as const),
    );
    signal.addEventListener('abort', over, { once: true });
    return start?.call(instance, signal);
  };
  return standInFor(instance, Object.assign({ start: begin }, ...guarded));
}

import { slot } from '../plugins/ids.js';
import type { Broadcast, ChatEvent, PluginChanged, TurnEvent } from '../wire/index.js';

/** Everything that happens, for those who only look on. */
export type DispatchEvent = ChatEvent | Broadcast | PluginChanged;

/** An event of a turn, before it is said which turn. */
export type Told = TurnEvent extends infer E ? (E extends TurnEvent ? Omit<E, 'conversationId' | 'turnId'> : never) : never;

/** A plugin that looks on. It gets an event after it was stored; it cannot hold anything up. */
export interface EventListener {
  onEvent(event: DispatchEvent): void;
}
export const EventListeners = slot<EventListener>('dispatch.event-listener[]');

/** Tells every listener; one that throws is reported and harms nobody. */
export function tell(listeners: readonly EventListener[], event: DispatchEvent, report: (thrown: unknown) => void): void {
  for (const listener of listeners) {
    try {
      listener.onEvent(event);
    } catch (thrown) {
      report(thrown);
    }
  }
}

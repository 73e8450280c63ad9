import { type DispatchEvent, type EventListener, EventListeners, inject, Logger, plugin } from 'dispatch/kernel';

/** One line in the log for each turn: how long it took, how many tools it used, what it cost. It changes nothing. */
@plugin({ id: 'turn-log', version: '1.0.0', engine: '^0.1.0', provides: EventListeners })
export default class TurnLog implements EventListener {
  /** Tools of the turns that run, by turn. */
  private readonly tools = new Map<string, number>();

  constructor(@inject(Logger) private readonly logger: Logger) {}

  onEvent(event: DispatchEvent): void {
    if (event.type === 'tool-call') this.tools.set(event.turnId, (this.tools.get(event.turnId) ?? 0) + 1);
    if (event.type !== 'done') return;
    const { turnId, reason, durationMs = 0, usage } = event;
    const tokens = (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0);
    this.logger.info(`a turn ended (${reason}) after ${durationMs} ms, with ${this.tools.get(turnId) ?? 0} tools and ${tokens} tokens`);
    this.tools.delete(turnId);
  }
}

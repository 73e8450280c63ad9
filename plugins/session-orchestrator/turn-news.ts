import { type DispatchEvent, type EventListener, EventListeners, inject, Logger, messageOf, plugin, service, tell } from 'dispatch/kernel';

/** Tells the plugins that look on, and the log. */
export interface TurnNews {
  /** Whether anybody looks on: spares the work of telling nobody. */
  readonly heard: boolean;
  tell(event: DispatchEvent): void;
  /** Something failed that the turn itself survives. */
  fault(what: string, thrown: unknown, fields?: Record<string, unknown>): void;
}
export const TurnNews = service<TurnNews>('dispatch.turn-news');

@plugin({ id: 'session-orchestrator-news', version: '0.1.0', provides: TurnNews })
export class ListenerNews implements TurnNews {
  constructor(
    @inject(EventListeners) private readonly listeners: readonly EventListener[],
    @inject(Logger) private readonly logger: Logger,
  ) {}

  get heard(): boolean {
    return this.listeners.length > 0;
  }

  tell(event: DispatchEvent): void {
    tell(this.listeners, event, this.report);
  }

  fault(what: string, thrown: unknown, fields: Record<string, unknown> = {}): void {
    this.logger.error(`${what}: ${messageOf(thrown)}`, fields);
  }

  private readonly report = (thrown: unknown) => this.fault('an event listener failed', thrown);
}

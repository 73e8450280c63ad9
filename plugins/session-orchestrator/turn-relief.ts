import { inject, Logger, type Message, messageOf, plugin, service } from 'dispatch/kernel';
import { type OverflowRelief, OverflowReliefs } from './contract.js';

/** All that can make a history shorter, as one. */
export interface TurnRelief {
  /** What the first that can do something makes of it. Never rejects. */
  relieve: OverflowRelief['relieve'];
}
export const TurnRelief = service<TurnRelief>('dispatch.turn-relief');

@plugin({ id: 'session-orchestrator-relief', version: '0.1.0', provides: TurnRelief })
export class FirstRelief implements TurnRelief {
  constructor(
    @inject(OverflowReliefs) private readonly reliefs: readonly OverflowRelief[],
    @inject(Logger) private readonly logger: Logger,
  ) {}

  async relieve(conversationId: string, history: readonly Message[], signal: AbortSignal): Promise<readonly Message[] | undefined> {
    for (const relief of this.reliefs) {
      const shorter = await relief.relieve(conversationId, history, signal).catch((thrown: unknown) => {
        this.logger.error(`a history that is too long was not made shorter: ${messageOf(thrown)}`, { conversationId });
      });
      if (shorter) return shorter;
    }
    return undefined;
  }
}

import {
  Clock,
  type DispatchEvent,
  type EventListener,
  EventListeners,
  type Filter,
  inject,
  type Message,
  MessageFilters,
  plugin,
  type TurnContext,
} from 'dispatch/kernel';
import { Samples } from './throughput-store.js';

interface Running {
  model: string;
  decodeMs: number;
  outputTokens: number;
}

/** Conversations that were got ready for a turn and never began one, remembered at most. */
const room = 1_000;

/**
 * Looks on at every turn and keeps one sample of each. Events do not say which model is at work, so this is also a link
 * in the chain of message filters, which is told: it changes nothing there.
 */
@plugin({ id: 'throughput-store-sampler', version: '0.1.0', provides: [EventListeners, MessageFilters] })
export class TurnSampler implements EventListener, Filter<readonly Message[]> {
  readonly order = -1_000;
  /** The model of the turn that comes next, by conversation. */
  private readonly models = new Map<string, string>();
  /** By turn. */
  private readonly running = new Map<string, Running>();

  constructor(
    @inject(Samples) private readonly samples: Samples,
    @inject(Clock) private readonly clock: Clock,
  ) {}

  filter(messages: readonly Message[], { conversationId, model }: TurnContext): readonly Message[] {
    this.models.delete(conversationId);
    this.models.set(conversationId, model);
    const [oldest] = this.models.keys();
    if (this.models.size > room && oldest !== undefined) this.models.delete(oldest);
    return messages;
  }

  onEvent(event: DispatchEvent): void {
    switch (event.type) {
      case 'turn-start': {
        const model = this.models.get(event.conversationId);
        this.models.delete(event.conversationId);
        if (model) this.running.set(event.turnId, { model, decodeMs: 0, outputTokens: 0 });
        return;
      }
      case 'usage':
        return this.add(event.turnId, { outputTokens: event.usage.outputTokens });
      case 'step-complete':
        return this.add(event.turnId, { decodeMs: event.decodeMs });
      case 'turn-sealed': {
        const sample = this.running.get(event.turnId);
        if (this.running.delete(event.turnId) && sample) this.samples.add({ ...sample, sealedAt: this.clock.now() });
      }
    }
  }

  private add(turnId: string, { decodeMs = 0, outputTokens = 0 }: Partial<Running>): void {
    const running = this.running.get(turnId);
    if (!running) return;
    running.decodeMs += decodeMs;
    running.outputTokens += outputTokens;
  }
}

import { type DispatchEvent, type EventListener, EventListeners, inject, Logger, messageOf, plugin } from 'dispatch/kernel';
import { Conversations } from '../conversation-store/contract.js';
import { Models } from '../credential-store/contract.js';
import { Turns } from '../session-orchestrator/contract.js';
import { CompactionRefused, Compactions } from './contract.js';
import { isFull } from './is-full.js';

/** What a turn has shown of how full the context is. */
interface Seen {
  contextSize?: number;
  /** The provider refused because the context is longer than the model's. */
  overflow?: boolean;
}

/** After each turn: compacts a conversation whose context is nearly full, once. */
@plugin({ id: 'compaction-auto', version: '0.1.0', provides: EventListeners })
export class AutoCompaction implements EventListener {
  /** By turn. */
  readonly #seen = new Map<string, Seen>();
  #stopped = false;

  constructor(
    @inject(Compactions) private readonly compactions: Compactions,
    @inject(Conversations) private readonly conversations: Conversations,
    @inject(Models) private readonly models: Models,
    @inject(Turns) private readonly turns: Turns,
    @inject(Logger) private readonly logger: Logger,
  ) {}

  stop(): void {
    this.#stopped = true;
  }

  onEvent(event: DispatchEvent): void {
    if ((event.type === 'error' || event.type === 'provider-retry') && event.code === 'overflow')
      this.#seen.set(event.turnId, { overflow: true });
    else if (event.type === 'done' && event.contextSize !== undefined)
      this.#seen.set(event.turnId, { ...this.#seen.get(event.turnId), contextSize: event.contextSize });
    else if (event.type === 'turn-sealed') {
      const seen = this.#seen.get(event.turnId);
      if (!seen || !this.#seen.delete(event.turnId)) return;
      if (!this.#stopped) void this.#after(event.conversationId, seen);
    }
  }

  async #after(conversationId: string, seen: Seen): Promise<void> {
    try {
      if (!(await this.#wanted(conversationId, seen))) return;
      const done = await this.compactions.compact(conversationId);
      this.logger.info('compacted a conversation whose context was nearly full', { ...done });
    } catch (thrown) {
      const expected = thrown instanceof CompactionRefused && ['busy', 'changed', 'short'].includes(thrown.reason);
      this.logger[expected ? 'debug' : 'warn'](`a nearly full conversation was not compacted: ${messageOf(thrown)}`, { conversationId });
    }
  }

  /** Not while queued messages run on: the turn they make is looked at when it ends. */
  async #wanted(conversationId: string, { contextSize, overflow }: Seen): Promise<boolean> {
    if (this.turns.running(conversationId) !== undefined) return false;
    const { compactPercent, model, status } = await this.conversations.state(conversationId);
    if (compactPercent === 0 || status === 'closed') return false;
    if (overflow) return true;
    return contextSize !== undefined && isFull(contextSize, await this.#window(model), compactPercent ?? undefined);
  }

  /** The context window of a model; asks for the catalog when it is not known yet. */
  async #window(name: string | null): Promise<number | undefined> {
    const model = await this.models.resolve(name);
    return model.contextWindow ?? (await this.models.catalog()).modelInfo?.[model.name]?.contextWindow;
  }
}

import { Clock, type DispatchEvent, type EventListener, EventListeners, inject, Logger, messageOf, plugin, service } from 'dispatch/kernel';
import type { WarmAnswer, WarmRequest } from 'dispatch/wire';
import { Conversations } from '../conversation-store/contract.js';
import { delayAfter } from './back-off.js';
import { WarmRefused, Warmups } from './warm-up.js';
import { type WarmingChange, type WarmingSetting, WarmingSettings } from './warming-settings.js';

/** How the warming of a conversation stands. Times are epoch milliseconds, null when there is none. */
export interface WarmingState extends WarmingSetting {
  nextWarmAt: number | null;
  lastWarmAt: number | null;
  last?: WarmAnswer;
}

/** Keeps the caches of conversations warm. */
export interface Warmings {
  state(conversationId: string): Promise<WarmingState>;
  change(conversationId: string, decide: WarmingChange): Promise<void>;
  /** Warms now, whatever is set. Throws a `WarmRefused`. */
  warm(request: WarmRequest): Promise<WarmAnswer>;
  /** Calls back when the state of a conversation has changed; one at most looks on. */
  onChange(changed: (conversationId: string) => void): void;
}
export const Warmings = service<Warmings>('dispatch.cache-warmings');

/** A conversation that is kept warm. */
interface Kept {
  interval: number;
  /** In a row. */
  failures: number;
  /** Stops the waiting for `next`, and the warm-up that follows it. */
  waiting?: AbortController;
  next: number | null;
}

/** Warm-ups by hand that are remembered for being shown. */
const room = 1_000;

/** While a conversation is idle: warms its cache every so many seconds. */
@plugin({ id: 'cache-warming', version: '0.1.0', provides: [Warmings, EventListeners] })
export class CacheWarming implements Warmings, EventListener {
  readonly #kept = new Map<string, Kept>();
  readonly #last = new Map<string, { at: number; figures: WarmAnswer }>();
  readonly #stopped = new AbortController();
  #changed: (conversationId: string) => void = () => undefined;

  constructor(
    @inject(WarmingSettings) private readonly settings: WarmingSettings,
    @inject(Warmups) private readonly warmups: Warmups,
    @inject(Conversations) private readonly conversations: Conversations,
    @inject(Clock) private readonly clock: Clock,
    @inject(Logger) private readonly logger: Logger,
  ) {}

  async start(): Promise<void> {
    for (const { conversationId, interval } of await this.settings.enabled()) {
      this.#kept.set(conversationId, { interval, failures: 0, next: null });
      this.#wait(conversationId);
    }
  }

  stop(): void {
    this.#stopped.abort();
    for (const kept of this.#kept.values()) this.#rest(kept);
  }

  onChange(changed: (conversationId: string) => void): void {
    this.#changed = changed;
  }

  onEvent(event: DispatchEvent): void {
    if (event.type === 'conversation.statusChanged') {
      if (event.status === 'closed' && this.#kept.has(event.conversationId)) void this.#off(event.conversationId);
      return;
    }
    if (event.type !== 'user-message' && event.type !== 'turn-sealed') return;
    const kept = this.#kept.get(event.conversationId);
    if (!kept) return;
    kept.failures = 0;
    if (event.type === 'turn-sealed') return this.#wait(event.conversationId);
    this.#rest(kept);
    this.#changed(event.conversationId);
  }

  async state(conversationId: string): Promise<WarmingState> {
    const kept = this.#kept.get(conversationId);
    const last = this.#last.get(conversationId);
    const setting = kept ? { enabled: true, interval: kept.interval } : await this.settings.get(conversationId);
    return { ...setting, nextWarmAt: kept?.next ?? null, lastWarmAt: last?.at ?? null, ...(last && { last: last.figures }) };
  }

  async change(conversationId: string, decide: WarmingChange): Promise<void> {
    const { enabled, interval } = await this.settings.change(conversationId, decide);
    const kept = this.#kept.get(conversationId);
    if (kept) this.#rest(kept);
    if (enabled) this.#kept.set(conversationId, { interval, failures: 0, next: null });
    else this.#kept.delete(conversationId);
    if (enabled) this.#wait(conversationId);
    else this.#changed(conversationId);
  }

  warm(request: WarmRequest): Promise<WarmAnswer> {
    return this.#warm(request, this.#stopped.signal);
  }

  async #warm(request: WarmRequest, signal: AbortSignal): Promise<WarmAnswer> {
    const { conversationId } = request;
    const figures = await this.warmups.warm(request, signal);
    this.#last.delete(conversationId);
    this.#last.set(conversationId, { at: this.clock.now(), figures });
    const [oldest] = this.#last.keys();
    if (this.#last.size > room && oldest !== undefined) this.#last.delete(oldest);
    this.#changed(conversationId);
    return figures;
  }

  /** Warms after the interval, counted from now; what was under way before is given up. */
  #wait(conversationId: string): void {
    const kept = this.#kept.get(conversationId);
    if (!kept || this.#stopped.signal.aborted) return;
    this.#rest(kept);
    const waiting = new AbortController();
    const delay = delayAfter(kept.interval * 1000, kept.failures);
    Object.assign(kept, { waiting, next: this.clock.now() + delay });
    void this.clock.sleep(delay, waiting.signal).then(() => this.#due(conversationId, kept, waiting.signal));
    this.#changed(conversationId);
  }

  #rest(kept: Kept): void {
    kept.waiting?.abort();
    kept.waiting = undefined;
    kept.next = null;
  }

  /** The signal aborts when a turn begins, or something else is set meanwhile. */
  async #due(conversationId: string, kept: Kept, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    kept.next = null;
    try {
      if ((await this.conversations.state(conversationId)).status === 'closed') return await this.#off(conversationId);
      await this.#warm({ conversationId }, signal);
      kept.failures = 0;
    } catch (thrown) {
      const reason = thrown instanceof WarmRefused ? thrown.reason : undefined;
      if (signal.aborted || reason === 'empty') return; // the end of a turn begins the wait anew
      if (reason !== 'busy') {
        kept.failures++;
        this.logger.warn(`a cache was not kept warm: ${messageOf(thrown)}`, { conversationId });
      }
    }
    if (!signal.aborted) this.#wait(conversationId);
  }

  async #off(conversationId: string): Promise<void> {
    await this.change(conversationId, () => ({ enabled: false })).catch((thrown: unknown) =>
      this.logger.error(`the warming of a closed conversation was not switched off: ${messageOf(thrown)}`, { conversationId }),
    );
  }
}

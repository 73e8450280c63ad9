import { randomUUID } from 'node:crypto';
import { Clock, type EventListener, EventListeners, inject, Logger, messageOf, plugin } from 'dispatch/kernel';
import type { ChatRequest } from 'dispatch/wire';
import { Conversations } from '../conversation-store/contract.js';
import { type StartedTurn, TurnRefused, Turns, type Watch, type Watcher } from './contract.js';
import { EventHub } from './event-hub.js';
import { LiveTurn } from './live-turn.js';
import { TurnRunners } from './turn-runner.js';

/** One turn at a time per conversation, whoever watches. The only room that turns round: it stores, then passes on. */
@plugin({ id: 'session-orchestrator', version: '0.1.0', provides: Turns, critical: true })
export class SessionOrchestrator implements Turns {
  private readonly live = new Map<string, LiveTurn>();
  private readonly hubs = new Map<string, EventHub>();
  private draining = false;

  constructor(
    @inject(Conversations) private readonly conversations: Conversations,
    @inject(TurnRunners) private readonly runner: TurnRunners,
    @inject(EventListeners) private readonly listeners: readonly EventListener[],
    @inject(Clock) private readonly clock: Clock,
    @inject(Logger) private readonly logger: Logger,
  ) {}

  /** Seals what a crash left open, before the first turn. */
  async start(): Promise<void> {
    const repaired = await this.conversations.recover();
    if (repaired.length > 0) {
      this.logger.warn(`sealed ${repaired.length} turn(s) that were running when the server ended`, { conversations: repaired });
    }
  }

  async begin(request: ChatRequest, watcher?: Watcher): Promise<StartedTurn> {
    if (request.message.trim() === '') throw new TurnRefused('blank', 'the message is empty; say what the turn is about');
    if (this.draining) throw new TurnRefused('stopping', 'the server is stopping and takes no more turns; try again after its restart');
    const conversationId = request.conversationId ?? randomUUID();
    if (this.live.has(conversationId)) {
      throw new TurnRefused('busy', `a turn is already running in ${conversationId}; stop it, queue the message, or wait for turn-sealed`);
    }
    const turn = new LiveTurn(conversationId, randomUUID());
    this.live.set(conversationId, turn);
    try {
      return await this.open(turn, request, watcher);
    } catch (thrown) {
      this.live.delete(conversationId);
      turn.settle();
      throw thrown;
    }
  }

  watch(conversationId: string, watcher: Watcher): Watch {
    return this.hub(conversationId).watch(watcher, false);
  }

  async abort(conversationId: string): Promise<boolean> {
    const turn = this.live.get(conversationId);
    if (!turn) return false;
    turn.abort();
    await turn.settled;
    return true;
  }

  async close(conversationId: string): Promise<boolean> {
    const turn = this.live.get(conversationId);
    if (turn) {
      turn.nextStatus = 'closed';
      turn.abort();
      await turn.settled;
    } else await this.conversations.setStatus(conversationId, 'closed');
    return turn !== undefined;
  }

  running(conversationId: string): string | undefined {
    return this.live.get(conversationId)?.turnId;
  }

  async settled(conversationId: string, timeoutMs: number): Promise<boolean> {
    const turn = this.live.get(conversationId);
    if (!turn) return true;
    const over = new AbortController();
    const late = this.clock.sleep(timeoutMs, over.signal).then(() => false);
    const done = await Promise.race([turn.settled.then(() => true), late]);
    over.abort();
    return done;
  }

  async drain(graceMs: number): Promise<void> {
    this.draining = true;
    await Promise.all([...this.live.keys()].map((id) => this.settled(id, graceMs)));
    await Promise.all([...this.live.keys()].map((id) => this.abort(id)));
    for (const hub of this.hubs.values()) hub.end();
  }

  private async open(turn: LiveTurn, request: ChatRequest, watcher: Watcher | undefined): Promise<StartedTurn> {
    const { conversationId, turnId } = turn;
    const plan = await this.runner.plan(conversationId, request);
    const opened = await this.conversations.openTurn({ ...plan.opening, conversationId, turnId, at: this.clock.now() });
    const hub = this.hub(conversationId);
    hub.openTurn();
    turn.open(opened, hub, {
      listeners: this.listeners,
      report: (thrown) => this.logger.error(`while telling of a turn: ${messageOf(thrown)}`, { conversationId, turnId }),
      sealed: () => this.live.delete(conversationId),
    });
    const watch = watcher && hub.watch(watcher, true);
    turn.emit({ type: 'user-message', conversationId, turnId, text: request.message });
    void this.runner.run(turn, plan).finally(() => turn.finish());
    return { conversationId, turnId, watch };
  }

  private hub(conversationId: string): EventHub {
    let hub = this.hubs.get(conversationId);
    if (!hub) {
      hub = new EventHub(() => this.hubs.delete(conversationId));
      this.hubs.set(conversationId, hub);
    }
    return hub;
  }
}

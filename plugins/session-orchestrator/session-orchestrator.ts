import { randomUUID } from 'node:crypto';
import { Clock, type DispatchEvent, type EventListener, EventListeners, inject, plugin } from 'dispatch/kernel';
import type { ChatRequest, ConversationStatus } from 'dispatch/wire';
import { Conversations } from '../conversation-store/contract.js';
import {
  type StartedTurn,
  type SteeringSource,
  SteeringSources,
  TurnRefused,
  Turns,
  type WaitingText,
  type Watch,
  type Watcher,
} from './contract.js';
import { EventHub } from './event-hub.js';
import { statusLine } from './event-line.js';
import { LiveTurn } from './live-turn.js';
import { TurnNews } from './turn-news.js';
import { TurnRunners } from './turn-runner.js';

/** One turn at a time per conversation, whoever watches. The only room that turns round: it stores, then passes on. */
@plugin({ id: 'session-orchestrator', version: '0.1.0', provides: [Turns, EventListeners], critical: true })
export class SessionOrchestrator implements Turns, EventListener {
  private readonly live = new Map<string, LiveTurn>();
  private readonly hubs = new Map<string, EventHub>();
  private draining = false;

  constructor(
    @inject(Conversations) private readonly conversations: Conversations,
    @inject(TurnRunners) private readonly runner: TurnRunners,
    @inject(TurnNews) private readonly news: TurnNews,
    @inject(SteeringSources) private readonly steering: readonly SteeringSource[],
    @inject(Clock) private readonly clock: Clock,
  ) {}

  /** Seals what a crash left open, before the first turn. */
  async start(): Promise<void> {
    await this.conversations.recover();
  }

  /** That a running turn waits for the model, and that it does no more, stands among its events: an NDJSON client has no other way to know. */
  onEvent(event: DispatchEvent): void {
    if (event.type !== 'conversation.statusChanged' || (event.status !== 'queued' && event.status !== 'active')) return;
    const { conversationId, status } = event;
    this.hubs.get(conversationId)?.add(statusLine(conversationId, status));
  }

  async begin(request: ChatRequest, watcher?: Watcher, turnId: string = randomUUID()): Promise<StartedTurn> {
    if (request.message.trim() === '') throw new TurnRefused('blank', 'the message is empty; say what the turn is about');
    if (this.draining) throw new TurnRefused('stopping', 'the server is stopping and takes no more turns; try again after its restart');
    const conversationId = request.conversationId ?? randomUUID();
    if (this.live.has(conversationId)) {
      throw new TurnRefused('busy', `a turn is already running in ${conversationId}; stop it, queue the message, or wait for turn-sealed`);
    }
    return this.launch(new LiveTurn(conversationId, turnId), { ...request, conversationId }, watcher);
  }

  watch(conversationId: string, watcher: Watcher): Watch {
    return this.hub(conversationId).watch(watcher, false);
  }

  watchTurn({ conversationId, turnId }: StartedTurn, watcher: Watcher): Watch | undefined {
    return this.running(conversationId) === turnId ? this.hub(conversationId).watch(watcher, true) : undefined;
  }

  async abort(conversationId: string): Promise<boolean> {
    const turn = this.live.get(conversationId);
    if (!turn) return false;
    turn.abort();
    await turn.settled;
    return true;
  }

  async close(conversationId: string): Promise<boolean> {
    await Promise.all(this.steering.map((source) => source.drop(conversationId)));
    const turn = this.live.get(conversationId);
    if (turn) {
      turn.closed = true;
      turn.abort();
      await turn.settled;
    }
    // it may have been sealed as idle in the moment before, and a message may have reopened it in the moment after
    if (!this.live.has(conversationId)) await this.conversations.setStatus(conversationId, 'closed');
    if (!turn) await this.broadcast(conversationId, 'closed');
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
    over.abort(null);
    return done;
  }

  async drain(graceMs: number): Promise<void> {
    this.draining = true;
    await Promise.all([...this.live.keys()].map((id) => this.settled(id, graceMs)));
    await Promise.all([...this.live.keys()].map((id) => this.abort(id)));
    for (const hub of this.hubs.values()) hub.end();
  }

  /** Starts a turn where none runs. `waiting`: the queued messages that it is made of. */
  private async launch(turn: LiveTurn, request: ChatRequest, watcher?: Watcher, waiting?: WaitingText): Promise<StartedTurn> {
    this.live.set(turn.conversationId, turn);
    try {
      return await this.open(turn, request, watcher, waiting);
    } catch (thrown) {
      this.live.delete(turn.conversationId);
      turn.settle();
      throw thrown;
    }
  }

  private async open(turn: LiveTurn, request: ChatRequest, watcher?: Watcher, waiting?: WaitingText): Promise<StartedTurn> {
    const { conversationId, turnId } = turn;
    const plan = await this.runner.plan(conversationId, request);
    const record = await this.conversations.openTurn({ ...plan.opening, conversationId, turnId, at: this.clock.now() });
    const stored = waiting ? Promise.all([record.stored, waiting.taken()]) : record.stored;
    let next: WaitingText | undefined;
    turn.open({
      record,
      news: this.news,
      waiting: () => this.waiting(conversationId),
      closing: async () => {
        next = await this.carriedOver(turn);
        return turn.closed ? 'closed' : next ? 'active' : 'idle';
      },
      sealed: () => {
        this.live.delete(conversationId);
        if (next && !turn.signal.aborted) return this.carryOver(conversationId, next);
        for (const source of turn.signal.aborted ? this.steering : []) source.hold?.(conversationId);
        if (next && !turn.closed) this.settle(conversationId); // stopped while it was sealed as one that is followed
        void this.broadcast(conversationId, turn.closed ? 'closed' : 'idle', plan.context.workspaceId);
      },
    });
    turn.emit({ type: 'user-message', conversationId, turnId, text: request.message });
    // The request to the model is made ready while the prompt goes to the disk.
    const run = this.runner.run(turn, plan);
    try {
      await stored;
    } catch (thrown) {
      turn.forget();
      await run;
      throw thrown;
    }
    void run.finally(() => turn.finish());
    if (!waiting) void this.broadcast(conversationId, 'active', plan.context.workspaceId);
    const hub = this.hub(conversationId);
    turn.showOn(hub);
    return { conversationId, turnId, watch: watcher && hub.watch(watcher, true) };
  }

  private async waiting(conversationId: string): Promise<WaitingText | undefined> {
    for (const source of this.steering) {
      const waiting = await source
        .waiting(conversationId)
        .catch((thrown: unknown) => this.news.fault('queued messages could not be read', thrown));
      if (waiting) return waiting;
    }
    return undefined;
  }

  /** What the next turn is made of. After a stop it waits for the user instead, also when the stop comes meanwhile. */
  private async carriedOver({ conversationId, signal }: LiveTurn): Promise<WaitingText | undefined> {
    if (this.draining || signal.aborted) return undefined;
    const waiting = await this.waiting(conversationId);
    return signal.aborted ? undefined : waiting;
  }

  private carryOver(conversationId: string, waiting: WaitingText): void {
    const turn = new LiveTurn(conversationId, randomUUID());
    this.launch(turn, { conversationId, message: waiting.text }, undefined, waiting).catch((thrown: unknown) => {
      this.news.fault('queued messages could not become a turn', thrown, { conversationId });
      this.settle(conversationId);
    });
  }

  /** No turn follows after all. */
  private settle(conversationId: string): void {
    void this.conversations.setStatus(conversationId, 'idle').catch(() => undefined);
  }

  /** Tells everybody of a conversation's new status. */
  private async broadcast(conversationId: string, status: ConversationStatus, workspaceId?: string): Promise<void> {
    if (!this.news.heard) return;
    const found = workspaceId ?? (await this.conversations.find(conversationId))?.workspaceId;
    if (found !== undefined) this.news.tell({ type: 'conversation.statusChanged', conversationId, status, workspaceId: found });
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

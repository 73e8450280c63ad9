import { randomUUID } from 'node:crypto';
import { Clock, type DispatchEvent, type EventListener, EventListeners, inject, Logger, messageOf, plugin } from 'dispatch/kernel';
import type { QueuedMessage } from 'dispatch/wire';
import { Conversations } from '../conversation-store/contract.js';
import { type SteeringSource, SteeringSources, TurnRefused, Turns, type WaitingText } from '../session-orchestrator/contract.js';
import { Database } from '../storage-sqlite/contract.js';
import { type Added, MessageQueue, type QueueClaim } from './contract.js';
import { Lines } from './lines.js';
import { checkRoom, checkText, joined } from './queue-limits.js';
import type { Offer, WaitingLine } from './waiting-line.js';

/** Where a turn of queued messages goes. */
interface Destination {
  conversationId: string;
  workspaceId?: string;
  turnId?: string;
}

/**
 * The queue. A message is forgotten only when the event that shows it proves it stored: whenever the server dies, it is
 * in the log or in the queue, and at the next start the log tells which.
 */
@plugin({ id: 'message-queue', version: '0.1.0', provides: [MessageQueue, SteeringSources, EventListeners] })
export class DurableQueue implements MessageQueue, SteeringSource, EventListener {
  private readonly lines: Lines;
  /** Conversations whose turn was stopped, until its `turn-sealed` is heard. */
  private readonly stopped = new Set<string>();
  /** Conversations in which a turn of what waits is being started: whatever it asks meanwhile, nothing else waits. */
  private readonly starting = new Set<string>();
  private readonly listeners = new Set<(conversationId: string) => void>();

  constructor(
    @inject(Database) database: Database,
    @inject(Conversations) private readonly conversations: Conversations,
    @inject(Turns) private readonly turns: Turns,
    @inject(Clock) private readonly clock: Clock,
    @inject(Logger) private readonly logger: Logger,
  ) {
    this.lines = new Lines(database, conversations);
  }

  start(): Promise<void> {
    return this.lines.start();
  }

  async list(conversationId: string): Promise<QueuedMessage[]> {
    return this.lines.concern(conversationId) ? this.inLine(conversationId, async (line) => line.messages) : [];
  }

  async add(conversationId: string, text: string, workspaceId?: string, claim?: QueueClaim): Promise<Added> {
    checkText(text);
    return this.inLine(conversationId, async (line) => {
      const idle = this.turns.running(conversationId) === undefined;
      if (idle && (await this.begin(line, [text], { conversationId, workspaceId, turnId: claim?.turnId })))
        return { startedTurn: true, queue: line.messages };
      checkRoom(
        line.messages.map((message) => message.text),
        text,
      );
      const message = { id: randomUUID(), text, queuedAt: this.clock.now() };
      await this.lines.table.add(conversationId, message, claim?.queued);
      line.add(message);
      this.changed(conversationId);
      return { startedTurn: false, queue: line.messages };
    });
  }

  cancel(conversationId: string, messageId: string): Promise<{ cancelled: boolean; queue: QueuedMessage[] }> {
    return this.inLine(conversationId, async (line) => {
      const cancelled = line.waits(messageId);
      if (cancelled) {
        await this.lines.table.remove([messageId]);
        line.remove(new Set([messageId]));
        this.changed(conversationId);
      }
      return { cancelled, queue: line.messages };
    });
  }

  async edit(conversationId: string, messageId: string, text: string): Promise<QueuedMessage[] | undefined> {
    checkText(text);
    return this.inLine(conversationId, async (line) => {
      if (!line.waits(messageId)) return undefined;
      await this.lines.table.edit(messageId, text);
      line.edit(messageId, text);
      this.changed(conversationId);
      return line.messages;
    });
  }

  onChange(changed: (conversationId: string) => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }

  async waiting(conversationId: string): Promise<WaitingText | undefined> {
    if (!this.lines.concern(conversationId) || this.starting.has(conversationId)) return undefined;
    return this.inLine(conversationId, async (line) => {
      const offer = await this.offer(conversationId, line);
      return offer && { text: offer.text, taken: async () => undefined }; // what proves it taken is the event, see below
    });
  }

  async drop(conversationId: string): Promise<void> {
    if (!this.lines.concern(conversationId)) return;
    await this.inLine(conversationId, async (line) => {
      if (line.over) return;
      await this.lines.table.clear(conversationId);
      line.clear();
      this.changed(conversationId);
    });
  }

  hold(conversationId: string): void {
    this.stopped.add(conversationId);
    const line = this.lines.get(conversationId);
    if (line) this.retract(line);
  }

  onEvent(event: DispatchEvent): void {
    if (event.type === 'steering' || event.type === 'user-message') {
      const line = this.lines.get(event.conversationId);
      if (!line) return;
      void this.confirm(event.conversationId, line, event.text);
      if (event.type === 'user-message') this.retract(line); // what was offered before this turn, no other can take
    } else if (event.type === 'turn-sealed') {
      const id = event.conversationId;
      if (!this.stopped.delete(id) && this.lines.concern(id)) this.followUp(id);
    }
  }

  /** A message may come when the ending turn has already looked for the last time: then nobody else starts it. */
  private followUp(conversationId: string): void {
    this.inLine(conversationId, async (line) => {
      if (line.messages.length === 0 || this.turns.running(conversationId) !== undefined) return;
      await this.begin(line, [], { conversationId });
    }).catch((thrown: unknown) =>
      this.logger.warn(`queued messages could not become a turn and wait for the user: ${messageOf(thrown)}`, { conversationId }),
    );
  }

  /** Makes one turn of all that waits and these texts. False when a turn runs after all. */
  private async begin(line: WaitingLine, texts: readonly string[], { turnId, ...to }: Destination): Promise<boolean> {
    const { conversationId } = to;
    const message = (await this.offer(conversationId, line, texts))?.text ?? joined(texts);
    this.starting.add(conversationId);
    try {
      await this.turns.begin({ ...to, message }, undefined, turnId);
    } catch (thrown) {
      this.retract(line);
      if (thrown instanceof TurnRefused && thrown.code === 'busy') return false;
      throw thrown;
    } finally {
      this.starting.delete(conversationId);
    }
    await this.confirm(conversationId, line, message);
    return true;
  }

  /** Offers what waits; the disk knows before anybody else. */
  private async offer(conversationId: string, line: WaitingLine, more?: readonly string[]): Promise<Offer | undefined> {
    const offer = line.offer(more);
    if (!offer) return undefined;
    try {
      const { latestSeq } = await this.conversations.history(conversationId, { limit: 1 });
      await this.lines.table.offer(offer.ids, latestSeq);
      return offer;
    } catch (thrown) {
      line.retract();
      throw thrown;
    }
  }

  private retract(line: WaitingLine): void {
    const ids = line.retract();
    if (ids.size > 0) this.lines.table.offer(ids, null).catch((thrown: unknown) => this.unwritten(thrown));
  }

  /** Forgets the messages of a text that was stored. Where the disk refuses, it will find them in the log. */
  private async confirm(conversationId: string, line: WaitingLine, text: string): Promise<void> {
    const ids = line.confirm(text);
    if (!ids) return;
    this.changed(conversationId);
    await this.lines.table.remove(ids).catch((thrown: unknown) => this.unwritten(thrown));
    line.remove(ids);
    this.lines.tidy(conversationId, line);
  }

  private inLine<T>(conversationId: string, work: (line: WaitingLine) => Promise<T>): Promise<T> {
    return this.lines.with(conversationId, (line) => {
      if (this.turns.running(conversationId) === undefined) this.retract(line);
      return work(line);
    });
  }

  private changed(conversationId: string): void {
    for (const listener of this.listeners) listener(conversationId);
  }

  private unwritten(thrown: unknown): void {
    this.logger.error(`the disk has an old state of queued messages until the next start: ${messageOf(thrown)}`);
  }
}

import { randomUUID } from 'node:crypto';
import { Clock, type DispatchEvent, type EventListener, EventListeners, inject, Logger, messageOf, plugin } from 'dispatch/kernel';
import type { QueuedMessage } from 'dispatch/wire';
import { type SteeringSource, SteeringSources, TurnRefused, Turns, type WaitingText } from '../session-orchestrator/contract.js';
import { Database } from '../storage-sqlite/contract.js';
import { type Added, MessageQueue } from './contract.js';
import { checkRoom, checkText, joined } from './queue-limits.js';
import { QueueTable } from './queue-table.js';
import { Sequence } from './sequence.js';
import { WaitingLine } from './waiting-line.js';

/** The queue on the disk, what waits of it in memory. Whatever decides about one conversation runs one at a time. */
@plugin({ id: 'message-queue', version: '0.1.0', provides: [MessageQueue, SteeringSources, EventListeners] })
export class DurableQueue implements MessageQueue, SteeringSource, EventListener {
  private readonly table: QueueTable;
  private readonly lines = new Map<string, WaitingLine>();
  /** Conversations with messages on the disk that nobody has asked for since the start. */
  private readonly unread = new Set<string>();
  private readonly sequence = new Sequence();
  /** Conversations whose turn was stopped and is being sealed. */
  private readonly stopped = new Set<string>();
  private readonly listeners = new Set<(conversationId: string) => void>();

  constructor(
    @inject(Database) database: Database,
    @inject(Turns) private readonly turns: Turns,
    @inject(Clock) private readonly clock: Clock,
    @inject(Logger) private readonly logger: Logger,
  ) {
    this.table = new QueueTable(database);
  }

  async start(): Promise<void> {
    for (const id of await this.table.conversations()) this.unread.add(id);
  }

  async list(conversationId: string): Promise<QueuedMessage[]> {
    return this.concerns(conversationId) ? this.inLine(conversationId, async (line) => line.messages) : [];
  }

  async add(conversationId: string, text: string, workspaceId?: string): Promise<Added> {
    checkText(text);
    return this.inLine(conversationId, async (line) => {
      const idle = this.turns.running(conversationId) === undefined;
      if (idle && (await this.begin(conversationId, line, [text], workspaceId))) return { startedTurn: true, queue: line.messages };
      checkRoom(textsOf(line.messages), text);
      const message = { id: randomUUID(), text, queuedAt: this.clock.now() };
      await this.table.add(conversationId, message);
      line.add(message);
      this.changed(conversationId);
      return { startedTurn: false, queue: line.messages };
    });
  }

  cancel(conversationId: string, messageId: string): Promise<{ cancelled: boolean; queue: QueuedMessage[] }> {
    return this.inLine(conversationId, async (line) => {
      const cancelled = line.waits(messageId);
      if (cancelled) {
        await this.table.remove([messageId]);
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
      await this.table.edit(messageId, text);
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
    if (!this.concerns(conversationId)) return undefined;
    return this.inLine(conversationId, async (line) => {
      const messages = line.handOver();
      if (messages.length === 0) return undefined;
      return { text: joined(textsOf(messages)), taken: () => this.taken(conversationId, line, messages) };
    });
  }

  async drop(conversationId: string): Promise<void> {
    if (!this.concerns(conversationId)) return;
    await this.inLine(conversationId, async (line) => {
      if (line.over) return;
      await this.table.clear(conversationId);
      line.clear();
      this.changed(conversationId);
    });
  }

  onEvent(event: DispatchEvent): void {
    const { conversationId } = event;
    if (event.type === 'user-message')
      this.lines.get(conversationId)?.release(); // what was offered before it, nobody took
    else if (event.type === 'done' && event.reason === 'aborted') this.stopped.add(conversationId);
    else if (event.type === 'turn-sealed' && !this.stopped.delete(conversationId) && this.concerns(conversationId))
      this.followUp(conversationId);
  }

  /** A message may come when the ending turn has already looked for the last time: then nobody else starts it. */
  private followUp(conversationId: string): void {
    this.inLine(conversationId, async (line) => {
      if (line.messages.length === 0 || this.turns.running(conversationId) !== undefined) return;
      await this.begin(conversationId, line, []);
    }).catch((thrown: unknown) =>
      this.logger.warn(`queued messages could not become a turn and wait for the user: ${messageOf(thrown)}`, { conversationId }),
    );
  }

  /** Makes one turn of all that waits and these texts. False when a turn runs after all. */
  private async begin(conversationId: string, line: WaitingLine, texts: readonly string[], workspaceId?: string): Promise<boolean> {
    const waiting = line.messages;
    const ids = new Set(waiting.map(({ id }) => id));
    line.leave(ids);
    try {
      await this.turns.begin({ conversationId, message: joined([...textsOf(waiting), ...texts]), workspaceId });
    } catch (thrown) {
      line.stay(ids);
      if (thrown instanceof TurnRefused && thrown.code === 'busy') return false;
      throw thrown;
    }
    if (ids.size === 0) return true;
    // The turn has them: whatever the disk says now, they must not become another.
    await this.table.remove(ids).catch((thrown: unknown) => this.unremoved(conversationId, thrown));
    line.remove(ids);
    this.changed(conversationId);
    return true;
  }

  /** They are gone from memory at once, and back in their places when the disk refuses. */
  private async taken(conversationId: string, line: WaitingLine, messages: readonly QueuedMessage[]): Promise<void> {
    const ids = new Set(messages.map(({ id }) => id));
    line.leave(ids);
    try {
      await this.table.remove(ids);
      line.remove(ids);
    } catch (thrown) {
      line.stay(ids);
      throw thrown;
    } finally {
      this.tidy(conversationId, line);
      this.changed(conversationId);
    }
  }

  /** Whether there can be anything of this conversation. */
  private concerns(conversationId: string): boolean {
    return this.lines.has(conversationId) || this.unread.has(conversationId) || this.sequence.busy(conversationId);
  }

  private inLine<T>(conversationId: string, work: (line: WaitingLine) => Promise<T>): Promise<T> {
    return this.sequence.run(conversationId, async () => {
      const line = await this.line(conversationId);
      if (this.turns.running(conversationId) === undefined) line.release();
      try {
        return await work(line);
      } finally {
        this.tidy(conversationId, line);
      }
    });
  }

  private async line(conversationId: string): Promise<WaitingLine> {
    const known = this.lines.get(conversationId);
    if (known) return known;
    const line = new WaitingLine(this.unread.has(conversationId) ? await this.table.read(conversationId) : []);
    this.lines.set(conversationId, line);
    this.unread.delete(conversationId);
    return line;
  }

  /** Only lines with something in them are kept. */
  private tidy(conversationId: string, line: WaitingLine): void {
    if (!line.over) this.lines.set(conversationId, line);
    else if (this.lines.get(conversationId) === line) this.lines.delete(conversationId);
  }

  private changed(conversationId: string): void {
    for (const listener of this.listeners) listener(conversationId);
  }

  private unremoved(conversationId: string, thrown: unknown): void {
    this.logger.error(`messages that became a turn are still on the disk as queued: ${messageOf(thrown)}`, { conversationId });
  }
}

const textsOf = (messages: readonly QueuedMessage[]): string[] => messages.map(({ text }) => text);

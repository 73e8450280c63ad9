import type { Conversations } from '../conversation-store/contract.js';
import type { Database } from '../storage-sqlite/contract.js';
import { delivered } from './after-restart.js';
import { QueueTable } from './queue-table.js';
import { Sequence } from './sequence.js';
import { WaitingLine } from './waiting-line.js';

/** The lines of all conversations: in memory where anything waits and somebody has asked since the start, else on the disk. */
export class Lines {
  readonly table: QueueTable;
  private readonly lines = new Map<string, WaitingLine>();
  /** Conversations with messages on the disk that nobody has asked for since the start. */
  private readonly unread = new Set<string>();
  private readonly sequence = new Sequence();

  constructor(
    database: Database,
    private readonly conversations: Conversations,
  ) {
    this.table = new QueueTable(database);
  }

  async start(): Promise<void> {
    for (const id of await this.table.conversations()) this.unread.add(id);
  }

  /** Whether there can be anything of this conversation. */
  concern(conversationId: string): boolean {
    return this.lines.has(conversationId) || this.unread.has(conversationId) || this.sequence.busy(conversationId);
  }

  get(conversationId: string): WaitingLine | undefined {
    return this.lines.get(conversationId);
  }

  /** Work on one line; of one conversation one at a time. */
  with<T>(conversationId: string, work: (line: WaitingLine) => Promise<T>): Promise<T> {
    return this.sequence.run(conversationId, async () => {
      const line = await this.line(conversationId);
      try {
        return await work(line);
      } finally {
        this.tidy(conversationId, line);
      }
    });
  }

  /** Only lines with something in them are kept. */
  tidy(conversationId: string, line: WaitingLine): void {
    if (!line.over) this.lines.set(conversationId, line);
    else if (this.lines.get(conversationId) === line) this.lines.delete(conversationId);
  }

  private async line(conversationId: string): Promise<WaitingLine> {
    const known = this.lines.get(conversationId);
    if (known) return known;
    const line = new WaitingLine(this.unread.has(conversationId) ? await this.read(conversationId) : []);
    this.lines.set(conversationId, line);
    this.unread.delete(conversationId);
    return line;
  }

  private async read(conversationId: string) {
    const messages = await this.table.read(conversationId);
    const seqs = messages.flatMap(({ offeredAfter }) => offeredAfter ?? []);
    const since = seqs.length > 0 && (await this.conversations.history(conversationId, { sinceSeq: Math.min(...seqs) })).chunks;
    const gone = since ? delivered(messages, since) : new Set<string>();
    if (gone.size > 0) await this.table.remove(gone);
    return messages.filter(({ id }) => !gone.has(id)).map(({ id, text, queuedAt }) => ({ id, text, queuedAt }));
  }
}

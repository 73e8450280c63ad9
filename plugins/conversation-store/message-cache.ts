import type { Message } from 'dispatch/kernel';
import type { Chunk, Role } from 'dispatch/wire';
import { repair } from './repair.js';

/** A row of the log with its numbers. */
export interface StoredRow {
  seq: number;
  role: Role;
  chunk: Chunk;
  /** Number of its message. */
  message: number;
  /** Characters of its JSON. */
  size: number;
}

interface Entry {
  messages: Message[];
  lastSeq: number;
  lastMessage: number;
  size: number;
  /** What came of all messages; undefined when some were added since. */
  repaired: readonly Message[] | undefined;
  /** How many of the first messages are repaired for good, and what came of them. */
  settled: { count: number; repaired: readonly Message[] };
}

/** What a row costs beside its text. */
const overhead = 200;

/**
 * The logs of recent conversations as messages, so that a turn late in a conversation costs what the first one did.
 * The same stored message is the same object for as long as it is here: providers remember what they made of it.
 */
export class MessageCache {
  readonly #entries = new Map<string, Entry>();
  /** Loads under way, and whether the log has grown meanwhile. */
  readonly #loading = new Map<string, { stale: boolean; rows: Promise<StoredRow[]> }>();
  #size = 0;

  /**
   * `limit`: characters of JSON kept in all, `most`: conversations kept at most (a short one costs far more memory than
   * its characters, and its log is read in a moment). The newest conversation stays, however large.
   */
  constructor(
    private readonly limit = 32 * 1024 * 1024,
    private readonly most = 100,
  ) {}

  /** The repaired messages; `load` reads the whole log. */
  async messages(id: string, load: () => Promise<StoredRow[]>): Promise<readonly Message[]> {
    const entry = this.#entries.get(id) ?? (await this.#load(id, load));
    if (this.#entries.delete(id)) this.#entries.set(id, entry); // the newest use stands last
    return repairedOf(entry);
  }

  /** Rows that are going to the disk, or have just got there. */
  append(id: string, rows: readonly StoredRow[]): void {
    const loading = this.#loading.get(id);
    if (loading) loading.stale = true;
    if (rows.length === 0) return;
    const entry = this.#entries.get(id) ?? (rows[0]?.seq === 1 ? this.#empty(id) : undefined);
    if (!entry) return;
    if (rows[0]?.seq !== entry.lastSeq + 1) return this.forget(id);
    this.#size -= entry.size;
    extend(entry, rows);
    this.#size += entry.size;
    this.#shrink(id);
  }

  /** What is loading is loaded again. */
  forget(id: string): void {
    const loading = this.#loading.get(id);
    if (loading) loading.stale = true;
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#size -= entry.size;
    this.#entries.delete(id);
  }

  async #load(id: string, load: () => Promise<StoredRow[]>): Promise<Entry> {
    for (;;) {
      let mine = this.#loading.get(id);
      if (!mine || mine.stale) {
        mine = { stale: false, rows: Promise.resolve().then(load) };
        this.#loading.set(id, mine);
      }
      let rows: StoredRow[];
      try {
        rows = await mine.rows;
      } finally {
        if (this.#loading.get(id) === mine) this.#loading.delete(id);
      }
      const there = this.#entries.get(id);
      if (there) return there;
      if (mine.stale) continue;
      const entry = this.#empty(id);
      extend(entry, rows);
      this.#size += entry.size;
      this.#shrink(id);
      return entry;
    }
  }

  #empty(id: string): Entry {
    const settled = { count: 0, repaired: [] };
    const entry: Entry = { messages: [], lastSeq: 0, lastMessage: 0, size: 0, repaired: undefined, settled };
    this.#entries.set(id, entry);
    return entry;
  }

  #shrink(keep: string): void {
    for (const id of this.#entries.keys()) {
      if (this.#size <= this.limit && this.#entries.size <= this.most) return;
      if (id !== keep) this.forget(id);
    }
  }
}

/** Repairs only what was added since all was well: late in a conversation as quick as at its start. */
function repairedOf(entry: Entry): readonly Message[] {
  if (entry.repaired) return entry.repaired;
  const { messages, whole } = repair(entry.messages.slice(entry.settled.count));
  entry.repaired = entry.settled.repaired.concat(messages);
  if (whole) entry.settled = { count: entry.messages.length, repaired: entry.repaired };
  return entry.repaired;
}

/** Rows come message by message; a message is complete when it comes. */
function extend(entry: Entry, rows: readonly StoredRow[]): void {
  for (const { seq, role, chunk, message, size } of rows) {
    const last = entry.messages.at(-1);
    if (last && message === entry.lastMessage) {
      entry.messages[entry.messages.length - 1] = { role: last.role, chunks: [...last.chunks, chunk] };
      if (entry.settled.count === entry.messages.length) entry.settled = { count: 0, repaired: [] };
    } else entry.messages.push({ role, chunks: [chunk] });
    entry.lastSeq = seq;
    entry.lastMessage = message;
    entry.size += size + overhead;
  }
  entry.repaired = undefined;
}

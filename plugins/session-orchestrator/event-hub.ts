import type { Line, Watch, Watcher } from './contract.js';
import { TurnLog } from './turn-log.js';

/** Past this many waiting characters a slow watcher's deltas are merged. */
const mergeAt = 4 * 1024 * 1024;
/** Past this many its watch ends; it resumes from the history. */
const dropAt = 16 * 1024 * 1024;

interface Reader {
  readonly watcher: Watcher;
  /** Whether it leaves at the end of its turn. */
  readonly oneTurn: boolean;
  /** What it reads, and what it will read after that. */
  logs: TurnLog[];
  next: number;
  blocked: boolean;
}

/**
 * The events of one conversation for all who watch it. Each watcher is a place in the running turn's log; lines go out
 * once per tick, as many at a time as there are; a delta that comes first does not wait for the tick's end. Nobody's slowness holds up the turn or the others.
 */
export class EventHub {
  private turn: TurnLog | undefined;
  private readonly readers = new Set<Reader>();
  private scheduled = false;

  /** @param unused called when nobody watches and no turn runs */
  constructor(private readonly unused: () => void) {}

  /** Opens a turn; who joins later sees everything from here. */
  openTurn(): void {
    this.turn = new TurnLog();
    this.offer(this.turn);
  }

  add(line: Line): void {
    this.turn?.add(line);
    // The first delta of a burst goes out at once, what follows it in the same tick together after it.
    if (!this.scheduled && line.type === 'text-delta') for (const reader of this.readers) this.serve(reader);
    this.schedule();
  }

  /** The turn's last line has been added. */
  closeTurn(): void {
    if (this.turn) this.turn.closed = true;
    this.turn = undefined;
    this.schedule();
  }

  watch(watcher: Watcher, oneTurn: boolean): Watch {
    const reader: Reader = { watcher, oneTurn, logs: this.turn ? [this.turn] : [], next: 0, blocked: false };
    this.readers.add(reader);
    this.schedule();
    return {
      ready: () => {
        reader.blocked = false;
        this.schedule();
      },
      stop: () => {
        this.readers.delete(reader);
        this.schedule();
      },
    };
  }

  /** Ends every watch, once each has been handed what it can take. */
  end(): void {
    for (const reader of this.readers) this.serve(reader);
    for (const reader of this.readers) this.leave(reader, 'gone');
  }

  private offer(log: TurnLog): void {
    for (const reader of this.readers) if (!reader.oneTurn) reader.logs.push(log);
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      for (const reader of this.readers) this.serve(reader);
      if (this.turn?.untidy) this.merge(this.turn);
      if (!this.turn && this.readers.size === 0) this.unused();
    });
  }

  private serve(reader: Reader): void {
    for (let log = reader.logs[0]; log; log = reader.logs[0]) {
      if (!reader.blocked && reader.next < log.lines.length) {
        const news = reader.next === 0 ? log.lines.slice() : log.lines.slice(reader.next);
        reader.next = log.lines.length;
        reader.blocked = !reader.watcher.take(news);
      }
      if (reader.next < log.lines.length) return this.restrain(reader, log);
      if (!log.closed) return;
      reader.logs.shift();
      reader.next = 0;
      if (reader.oneTurn) return this.leave(reader, 'sealed');
    }
  }

  /** A watcher that does not keep up: first its deltas are merged, then it has to go. */
  private restrain(reader: Reader, log: TurnLog): void {
    if (log.waiting(reader) > mergeAt) this.merge(log);
    const waiting = log.waiting(reader) + reader.logs.slice(1).reduce((sum, later) => sum + later.waiting({ next: 0 }), 0);
    if (waiting > dropAt) this.leave(reader, 'slow');
  }

  private merge(log: TurnLog): void {
    log.merge([...this.readers].filter((reader) => reader.logs[0] === log));
  }

  private leave(reader: Reader, why: 'sealed' | 'slow' | 'gone'): void {
    this.readers.delete(reader);
    reader.watcher.end(why);
  }
}

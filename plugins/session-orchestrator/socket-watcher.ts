import type { Prepared, SocketClient } from '../transport-ws/contract.js';
import type { Line, Watch, Watcher } from './contract.js';

/** So many characters are handed to a socket at a time. */
const batch = 256 * 1024;

/** The messages of one tick's lines, made once for all sockets that get them. */
const prepared = new Map<Line, Prepared>();

function messageOf(line: Line): Prepared {
  let message = prepared.get(line);
  if (!message) {
    if (prepared.size === 0) setImmediate(() => prepared.clear());
    message = Buffer.from(`{"type":"chat.delta","event":${line.json}}`);
    prepared.set(line, message);
  }
  return message;
}

/** Shows one conversation to one socket, as fast as its client reads. */
export class SocketWatcher implements Watcher {
  /** Handed in once it watches. */
  watch: Watch | undefined;
  private waiting: readonly Line[] = [];
  private next = 0;

  constructor(private readonly client: SocketClient) {}

  take(lines: readonly Line[]): boolean {
    this.waiting = lines;
    this.next = 0;
    return this.pump();
  }

  end(why: 'sealed' | 'slow' | 'gone'): void {
    if (why === 'slow') this.client.close(1013, 'too slow: reconnect and resume from the history');
  }

  /** Hands on what waits, in pieces; false when the client has enough for now. */
  private pump(): boolean {
    while (this.next < this.waiting.length) {
      const messages: Prepared[] = [];
      for (let size = 0; size < batch && this.next < this.waiting.length; this.next++) {
        const line = this.waiting[this.next] as Line;
        messages.push(messageOf(line));
        size += line.json.length;
      }
      if (!this.client.sendPrepared(messages, this.drained)) return false;
    }
    this.waiting = [];
    return true;
  }

  private readonly drained = () => {
    if (this.pump()) this.watch?.ready();
  };
}

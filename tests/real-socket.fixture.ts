import { once } from 'node:events';
import type { ChatEvent, ClientMessage, ServerMessage } from 'dispatch/wire';
import { WebSocket } from 'ws';

/** A client on a socket of its own that keeps all it gets. */
export class RealSocket {
  readonly got: ServerMessage[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  private readonly waiting = new Set<() => void>();

  private constructor(readonly ws: WebSocket) {
    ws.on('message', (data) => {
      this.got.push(JSON.parse(String(data)) as ServerMessage);
      this.look();
    });
    ws.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      ws.on('close', (code, reason) => {
        resolve({ code, reason: String(reason) });
        this.look();
      });
    });
  }

  /** `url`: the server's, as HTTP has it. */
  static async open(url: string): Promise<RealSocket> {
    const socket = new RealSocket(new WebSocket(`${url.replace(/^http/, 'ws')}/ws`));
    await once(socket.ws, 'open');
    return socket;
  }

  send(message: ClientMessage): void {
    this.ws.send(JSON.stringify(message));
  }

  /** Resolves when something holds of what has come. */
  async until(holds: (socket: this) => boolean): Promise<void> {
    while (!holds(this)) {
      if (this.ws.readyState === WebSocket.CLOSED) throw new Error('the socket closed before that');
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }

  /** What was shown of a conversation. */
  events(conversationId: string): ChatEvent[] {
    return this.got.flatMap((message) =>
      message.type === 'chat.delta' && message.event.conversationId === conversationId ? [message.event] : [],
    );
  }

  /** Resolves when an event of this type was shown, or so many of them. */
  shown(conversationId: string, type: ChatEvent['type'], count = 1): Promise<void> {
    return this.until(() => this.events(conversationId).filter((event) => event.type === type).length >= count);
  }

  /** Resolves when the server has acted on everything sent so far. */
  async settle(): Promise<void> {
    const mark = `mark-${Math.random()}`;
    this.ws.send(JSON.stringify({ type: mark }));
    await this.until(() => this.got.some((message) => message.type === 'error' && message.message.includes(mark)));
  }

  async close(): Promise<void> {
    this.ws.close();
    await this.closed;
  }

  private look(): void {
    const all = [...this.waiting];
    this.waiting.clear();
    for (const resolve of all) resolve();
  }
}

export const textIn = (events: readonly ChatEvent[]): string =>
  events.map((event) => (event.type === 'text-delta' ? event.delta : '')).join('');

/** Events without how they were cut: neighbouring deltas of a kind are one. */
export function whole(events: readonly ChatEvent[]): ChatEvent[] {
  const all: ChatEvent[] = [];
  for (const event of events) {
    const last = all.at(-1);
    if ((event.type === 'text-delta' || event.type === 'reasoning-delta') && last?.type === event.type)
      all[all.length - 1] = { ...last, delta: last.delta + event.delta };
    else if (event.type !== 'status') all.push(event);
  }
  return all;
}

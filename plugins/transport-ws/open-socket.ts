import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { ServerMessage } from 'dispatch/wire';
import { WebSocket } from 'ws';
import type { PluginMessage, Prepared, SocketClient } from './contract.js';
import { type Pulse, verdict } from './heartbeat.js';
import { PingMeter } from './ping-meter.js';

/** Above this many waiting bytes a client is asked to be spared. */
const enough = 1024 * 1024;
/** With this many waiting a client that is sent even more has to go. */
const tooMuch = 16 * 1024 * 1024;
/** So many messages of one socket are answered at once; the next is not read before one is. */
const atOnce = 64;

const text = { binary: false } as const;

/** One open socket: what goes out to it, what comes in, whether it lives. */
export class OpenSocket implements SocketClient {
  readonly id = randomUUID();
  private readonly pulse: Pulse;
  private readonly pings = new PingMeter();
  private readonly closeListeners: (() => void)[] = [];
  private closing = false;
  private answering = 0;

  constructor(
    private readonly ws: WebSocket,
    /** What `ws` writes to. */
    private readonly wire: Duplex,
    private readonly elapsed: () => number,
  ) {
    this.pulse = { heard: elapsed(), pinged: elapsed() };
    ws.on('error', () => undefined); // 'close' follows
    ws.on('close', () => this.gone());
    ws.on('pong', () => this.hear());
    ws.on('ping', (data) => this.pong(data));
  }

  /** Whom to hand the messages to; `answer` never rejects. */
  listen(answer: (message: string) => Promise<void>): void {
    this.ws.on('message', (data, isBinary) => {
      if (this.closing) return;
      this.hear();
      if (isBinary) return this.send({ type: 'error', message: 'binary frames are not understood: send JSON in text frames' });
      if (++this.answering >= atOnce) this.ws.pause();
      void answer(String(data)).finally(() => {
        if (this.answering-- === atOnce) this.ws.resume();
      });
    });
  }

  send(message: ServerMessage | PluginMessage): void {
    this.sendPrepared([Buffer.from(JSON.stringify(message))], () => undefined);
  }

  sendPrepared(messages: readonly Prepared[], drained: () => void): boolean {
    if (this.closing || this.ws.readyState !== WebSocket.OPEN) return false;
    if (this.ws.bufferedAmount > tooMuch) {
      this.close(1013, 'too slow: reconnect and resume from the history');
      return false;
    }
    let wanted = false;
    const written = (error?: Error | null) => {
      if (wanted && !error && !this.closing) drained();
    };
    this.wire.cork();
    const last = messages.length - 1;
    for (let i = 0; i < last; i++) this.ws.send(messages[i] as Prepared, text);
    if (last >= 0) this.ws.send(messages[last] as Prepared, text, written);
    this.wire.uncork();
    wanted = this.ws.bufferedAmount > enough;
    return !wanted;
  }

  close(code: number, reason: string): void {
    if (this.closing) return;
    this.gone();
    if (this.ws.isPaused) this.ws.resume();
    this.ws.close(code, reason);
  }

  /** Cuts the connection. */
  cut(): void {
    this.ws.terminate();
  }

  onClose(listener: () => void): void {
    if (this.closing) listener();
    else this.closeListeners.push(listener);
  }

  /** Resolves when the connection is gone. */
  closed(): Promise<void> {
    return new Promise((resolve) => {
      if (this.ws.readyState === WebSocket.CLOSED) resolve();
      else this.ws.once('close', () => resolve());
    });
  }

  /** Called now and then: pings the peer, cuts a dead one. */
  beat(pingEveryMs: number): void {
    if (this.closing || this.ws.isPaused) return;
    const now = this.elapsed();
    const found = verdict(this.pulse, now, pingEveryMs);
    if (found === 'dead') return this.cut();
    if (found === 'fine') return;
    this.pulse.pinged = now;
    this.ws.ping();
  }

  private hear(): void {
    this.pulse.heard = this.elapsed();
  }

  private pong(data: Buffer): void {
    this.hear();
    if (this.closing) return;
    const found = this.pings.judge(this.elapsed());
    if (found === 'flood') return this.close(1008, 'too many pings: send one every few seconds');
    if (found === 'answer' && this.ws.readyState === WebSocket.OPEN) this.ws.pong(data);
  }

  private gone(): void {
    if (this.closing) return;
    this.closing = true;
    for (const listener of this.closeListeners.splice(0)) listener();
  }
}

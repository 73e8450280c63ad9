import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  Clock,
  Config,
  type DispatchEvent,
  type EventListener,
  EventListeners,
  inject,
  Logger,
  messageOf,
  plugin,
  service,
} from 'dispatch/kernel';
import type { WebSocket } from 'ws';
import { type Prepared, type SocketHandler, SocketHandlers } from './contract.js';
import { beatMs } from './heartbeat.js';
import { limitsFrom, type SocketLimits } from './limits.js';
import { MessageRouter } from './message-router.js';
import { OpenSocket } from './open-socket.js';

/** All open sockets. */
export interface Sockets {
  readonly limits: SocketLimits;
  /** Whether there are as many as there may be. */
  readonly full: boolean;
  /** Takes a socket that has just opened; `wire` is what it writes to. */
  add(ws: WebSocket, wire: Duplex, request: IncomingMessage): void;
  /** Closes all; resolves when they are gone, those that do not answer after `graceMs`. */
  closeAll(code: number, reason: string, graceMs: number): Promise<void>;
}
export const Sockets = service<Sockets>('dispatch.sockets');

/** Telling all sockets something costs a write each: with many of them, news are gathered so long (milliseconds). */
const restPerSocket = 0.1;
const longestRest = 50;

/** Knows the open sockets: hands their messages on, tells them what everybody is told, and finds the dead ones. */
@plugin({ id: 'transport-ws-sockets', version: '0.1.0', provides: [Sockets, EventListeners] })
export class AllSockets implements Sockets, EventListener {
  readonly limits: SocketLimits;
  private readonly open = new Map<OpenSocket, { request: IncomingMessage; greeted: Set<SocketHandler> }>();
  private readonly router: MessageRouter;
  private readonly stopped = new AbortController();
  private beating = false;
  /** What every socket is to be told next. */
  private news: Prepared[] = [];
  /** When they were told last. */
  private told = Number.NEGATIVE_INFINITY;

  constructor(
    @inject(SocketHandlers) private readonly handlers: readonly SocketHandler[],
    @inject(Config) config: Config,
    @inject(Clock) private readonly clock: Clock,
    @inject(Logger) private readonly logger: Logger,
  ) {
    this.limits = limitsFrom(config);
    this.router = new MessageRouter(handlers, (what, thrown) => this.fault(what, thrown));
  }

  get full(): boolean {
    return this.open.size >= this.limits.sockets;
  }

  add(ws: WebSocket, wire: Duplex, request: IncomingMessage): void {
    const socket = new OpenSocket(ws, wire, () => this.clock.elapsed());
    this.open.set(socket, { request, greeted: new Set() });
    void socket.closed().then(() => this.open.delete(socket));
    socket.listen((message) => this.router.route(message, socket));
    this.greet(socket);
    if (!this.beating) void this.beat();
  }

  /** What concerns every client goes to every socket, spelt once. When many turns begin or end at once, it is one write a socket. */
  onEvent(event: DispatchEvent): void {
    if (this.open.size === 0 || !event.type.startsWith('conversation.')) return;
    if (this.news.push(Buffer.from(JSON.stringify(event))) > 1) return;
    const rest = this.told + Math.min(longestRest, this.open.size * restPerSocket) - this.clock.elapsed();
    if (rest < 1) setImmediate(() => this.tellAll());
    else setTimeout(() => this.tellAll(), rest).unref();
  }

  async closeAll(code: number, reason: string, graceMs: number): Promise<void> {
    const all = [...this.open.keys()];
    for (const socket of all) socket.close(code, reason);
    const done = new AbortController();
    const closed = Promise.all(all.map((socket) => socket.closed())).then(() => done.abort());
    await this.clock.sleep(graceMs, done.signal);
    for (const socket of this.open.keys()) socket.cut();
    await closed;
  }

  stop(): void {
    this.stopped.abort();
  }

  private tellAll(): void {
    const news = this.news;
    this.news = [];
    this.told = this.clock.elapsed();
    for (const socket of this.open.keys()) socket.sendPrepared(news, () => undefined);
  }

  private async beat(): Promise<void> {
    this.beating = true;
    while (this.open.size > 0 && !this.stopped.signal.aborted) {
      await this.clock.sleep(beatMs, this.stopped.signal);
      for (const socket of this.open.keys()) {
        this.greet(socket);
        socket.beat(this.limits.pingEveryMs);
      }
    }
    this.beating = false;
  }

  /** Introduces a socket to the handlers that do not know it: at first to all, later to those that have come since. */
  private greet(socket: OpenSocket): void {
    const entry = this.open.get(socket);
    for (const handler of this.handlers) {
      if (!entry || entry.greeted.has(handler)) continue;
      entry.greeted.add(handler);
      try {
        handler.connected?.(socket, entry.request);
      } catch (thrown) {
        this.fault('a handler failed to greet a socket', thrown);
      }
    }
  }

  private fault(what: string, thrown: unknown): void {
    this.logger.error(`${what}: ${messageOf(thrown)}`, { stack: thrown instanceof Error ? thrown.stack : undefined });
  }
}

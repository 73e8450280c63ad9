import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Config, inject, Logger, plugin } from 'dispatch/kernel';
import { WebSocketServer } from 'ws';
import {
  AccessCheck,
  HttpError,
  HttpServer,
  httpLimitsFrom,
  listen,
  type Route,
  type RouteGroup,
  Routes,
  route,
  serverOptions,
  type Verdict,
} from '../transport-http/contract.js';
import { answerPlainly, sendRefusal } from './plain-answer.js';
import { Sockets } from './sockets.js';
import { headerProblem, noUpgrade, type UpgradeRefusal, upgradeProblem } from './upgrade-check.js';

const portWords = { setting: 'SURFACE_WS_PORT (or ws.port)', use: ', for WebSockets,' };

/** Where the HTTP port opens sockets. */
const path = '/ws';
/** Connections beyond the open sockets: those that are told that there are too many. */
const spare = 64;
/** How long a stop waits for clients to say goodbye. */
const graceMs = 1_500;

/** Opens sockets: on a port of their own at any path, and at `/ws` of the HTTP port. */
@plugin({ id: 'transport-ws', version: '0.1.0', critical: true, provides: Routes, capabilities: ['network'] })
export class SocketTransport implements RouteGroup {
  /** For those who ask at the right place in the wrong way, and for the generated document. */
  readonly routes: readonly Route[] = [
    route({
      method: 'GET',
      path,
      summary: 'The WebSocket for chat and surfaces; opened with an upgrade',
      errors: [426],
      handle: () => {
        const { status, error, headers } = noUpgrade;
        throw new HttpError(status, error, { headers });
      },
    }),
  ];
  private readonly server: Server;
  private readonly upgrader: WebSocketServer;
  private bound: number;

  constructor(
    @inject(Config) config: Config,
    @inject(HttpServer) private readonly http: HttpServer,
    @inject(AccessCheck) private readonly access: AccessCheck,
    @inject(Sockets) private readonly sockets: Sockets,
    @inject(Logger) private readonly logger: Logger,
  ) {
    this.bound = config.number('ws.port');
    const { limits } = sockets;
    this.upgrader = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      autoPong: false,
      maxPayload: limits.messageBytes,
      maxFragments: limits.fragments,
    });
    this.server = createServer(serverOptions(httpLimitsFrom(config)), (request, response) =>
      this.judge(request, (refusal) => sendRefusal(response, refusal ?? noUpgrade)),
    );
    this.server.maxConnections = limits.sockets + spare;
    this.server.maxHeadersCount = 0;
    this.server.on('upgrade', (request, wire, head) => this.upgrade(request, wire, head));
  }

  /** The port of its own that it listens on; the configured one until then. */
  get port(): number {
    return this.bound;
  }

  async start(signal: AbortSignal): Promise<void> {
    this.bound = await listen(this.server, this.http.host, this.bound, signal, portWords);
    this.server.on('error', (error) => this.logger.error(`the WebSocket server failed: ${error.message}`));
    this.http.server.on('upgrade', this.upgradeAtPath);
  }

  /** Takes no more sockets and closes those that are open; their clients are told to come back. */
  async stop(): Promise<void> {
    this.http.server.off('upgrade', this.upgradeAtPath);
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    await this.sockets.closeAll(1001, 'the server is stopping: reconnect in a few seconds', graceMs);
    this.server.closeAllConnections();
    await closed;
  }

  private readonly upgradeAtPath = (request: IncomingMessage, wire: Duplex, head: Buffer) => this.upgrade(request, wire, head, path);

  private upgrade(request: IncomingMessage, wire: Duplex, head: Buffer, only?: string): void {
    wire.on('error', () => wire.destroy());
    this.judge(request, (refused) => {
      const refusal = refused ?? upgradeProblem(request, only) ?? this.crowded();
      if (refusal) return answerPlainly(wire, refusal);
      this.upgrader.handleUpgrade(request, wire, head, (ws) => this.sockets.add(ws, wire, request));
    });
  }

  /** Whether the request is let in, before anything else is looked at; `go` is called at once wherever that is known. */
  private judge(request: IncomingMessage, go: (refusal: UpgradeRefusal | undefined) => void): void {
    const verdict: Verdict | UpgradeRefusal | Promise<Verdict> = headerProblem(request) ?? this.access.check(request);
    if (verdict instanceof Promise) void verdict.then(go);
    else go(verdict);
  }

  private crowded(): UpgradeRefusal | undefined {
    if (!this.sockets.full) return undefined;
    const error = `${this.sockets.limits.sockets} sockets are open, and there may be no more: close some, or try again later`;
    return { status: 503, error, code: 'too_many_sockets', headers: { 'Retry-After': '10' } };
  }
}

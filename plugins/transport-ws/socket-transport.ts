import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Config, inject, Logger, plugin } from 'dispatch/kernel';
import { WebSocketServer } from 'ws';
import { AccessCheck, HttpError, HttpServer, listen, type Route, type RouteGroup, Routes, route } from '../transport-http/contract.js';
import { answerPlainly, sendRefusal } from './plain-answer.js';
import { Sockets } from './sockets.js';
import { headerProblem, noUpgrade, type UpgradeRefusal, upgradeProblem } from './upgrade-check.js';

const httpLimits = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  requireHostHeader: false,
  noDelay: true,
} as const;
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
    this.server = createServer(httpLimits, (request, response) =>
      sendRefusal(response, headerProblem(request) ?? access.check(request) ?? noUpgrade),
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
    const refusal = headerProblem(request) ?? this.access.check(request) ?? upgradeProblem(request, only) ?? this.crowded();
    if (refusal) return answerPlainly(wire, refusal);
    this.upgrader.handleUpgrade(request, wire, head, (ws) => this.sockets.add(ws, wire, request));
  }

  private crowded(): UpgradeRefusal | undefined {
    if (!this.sockets.full) return undefined;
    const error = `${this.sockets.limits.sockets} sockets are open, and there may be no more: close some, or try again later`;
    return { status: 503, error, code: 'too_many_sockets', headers: { 'Retry-After': '10' } };
  }
}

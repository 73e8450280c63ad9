import { createServer, type Server } from 'node:http';
import { Config, inject, Logger, messageOf, plugin } from 'dispatch/kernel';
import express from 'express';
import { answerBrokenRequests } from './broken-request.js';
import { Connections } from './connections.js';
import { AccessCheck, type HealthCheck, HealthChecks, HttpServer, type RouteGroup, Routes } from './contract.js';
import { exposureProblem } from './exposure.js';
import { guard } from './guard.js';
import { healthRoutes } from './health.js';
import { listen } from './listening.js';
import { ServedRoutes } from './served-routes.js';

/** How a server guards itself against slow and greedy clients. */
const limits = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 30_000,
  highWaterMark: 64 * 1024,
  /** The missing Host header is told in JSON, by the access check. */
  requireHostHeader: false,
  noDelay: true,
} as const;
const maxSockets = 1_000;
/** How long a stop waits for answers that run. */
const graceMs = 2_000;

/** Serves the routes of all plugins over HTTP. */
@plugin({ id: 'transport-http', version: '0.1.0', provides: HttpServer, capabilities: ['network'] })
export class HttpTransport implements HttpServer {
  readonly host: string;
  readonly server: Server;
  private readonly auth: string;
  private bound: number;
  private readonly connections: Connections;

  constructor(
    @inject(Config) config: Config,
    @inject(Logger) private readonly logger: Logger,
    @inject(Routes) groups: readonly RouteGroup[],
    @inject(HealthChecks) checks: readonly HealthCheck[],
    @inject(AccessCheck) access: AccessCheck,
  ) {
    this.host = config.text('http.host');
    this.bound = config.number('http.port');
    this.auth = String(config.value('auth') ?? 'same-user'); // the strictest there is, where it is not set
    const complain = (sentence: string, cause?: unknown) =>
      cause === undefined
        ? logger.error(sentence)
        : logger.error(`${sentence}: ${messageOf(cause)}`, { cause: cause instanceof Error ? cause.stack : cause });
    const routes = new ServedRoutes(healthRoutes(checks), groups, config.number('http.bodyLimit'), complain);
    const app = express().disable('x-powered-by');
    app.use(guard(access), routes.handle);
    this.server = createServer(limits, app);
    this.server.maxConnections = maxSockets;
    this.server.maxHeadersCount = 0;
    answerBrokenRequests(this.server);
    this.connections = new Connections(this.server);
  }

  get port(): number {
    return this.bound;
  }

  async start(signal: AbortSignal): Promise<void> {
    const problem = exposureProblem(this.host, this.auth);
    if (problem) throw new Error(problem);
    if (this.auth === 'off') this.logger.warn(`DISPATCH_AUTH=off: anybody who reaches ${this.host} may use this server`);
    this.bound = await listen(this.server, this.host, this.bound, signal);
    this.server.on('error', (error) => this.logger.error(`the HTTP server failed: ${error.message}`));
  }

  async stop(): Promise<void> {
    if (this.server.listening) await this.connections.close(graceMs);
  }
}

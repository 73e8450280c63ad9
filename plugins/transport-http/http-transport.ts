import { createServer, type Server } from 'node:http';
import { Config, inject, Logger, messageOf, plugin } from 'dispatch/kernel';
import express from 'express';
import { answerBrokenRequests } from './broken-request.js';
import { Connections } from './connections.js';
import { AccessCheck, type HealthCheck, HealthChecks, HttpServer, type Route, type RouteGroup, RouteList, Routes } from './contract.js';
import { guard } from './guard.js';
import { healthRoutes } from './health.js';
import { httpLimitsFrom, serverOptions } from './limits.js';
import { listen } from './listening.js';
import { ServedRoutes } from './served-routes.js';

/** How long a stop waits for answers that run. */
const graceMs = 2_000;

/** Serves the routes of all plugins over HTTP. */
@plugin({ id: 'transport-http', version: '0.1.0', provides: [HttpServer, RouteList], capabilities: ['network'] })
export class HttpTransport implements HttpServer, RouteList {
  readonly host: string;
  readonly server: Server;
  private bound: number;
  private readonly connections: Connections;
  private readonly routes: ServedRoutes;

  constructor(
    @inject(Config) config: Config,
    @inject(Logger) private readonly logger: Logger,
    @inject(Routes) groups: readonly RouteGroup[],
    @inject(HealthChecks) checks: readonly HealthCheck[],
    @inject(AccessCheck) access: AccessCheck,
  ) {
    this.host = config.text('http.host');
    this.bound = config.number('http.port');
    const limits = httpLimitsFrom(config);
    const complain = (sentence: string, cause?: unknown) =>
      cause === undefined
        ? logger.error(sentence)
        : logger.error(`${sentence}: ${messageOf(cause)}`, { cause: cause instanceof Error ? cause.stack : cause });
    this.routes = new ServedRoutes(healthRoutes(checks), groups, limits.body, complain);
    const app = express().disable('x-powered-by');
    app.use(
      guard(access, (method, path) => this.routes.isOpen(method, path)),
      this.routes.handle,
    );
    this.server = createServer(serverOptions(limits), app);
    this.server.maxConnections = limits.sockets;
    this.server.maxHeadersCount = 0;
    answerBrokenRequests(this.server);
    this.connections = new Connections(this.server);
  }

  get port(): number {
    return this.bound;
  }

  served(): readonly Route[] {
    return this.routes.current().routes;
  }

  async start(signal: AbortSignal): Promise<void> {
    this.bound = await listen(this.server, this.host, this.bound, signal);
    this.server.on('error', (error) => this.logger.error(`the HTTP server failed: ${error.message}`));
  }

  async stop(): Promise<void> {
    if (this.server.listening) await this.connections.close(graceMs);
  }
}

import type { IncomingMessage, Server } from 'node:http';
import { type Service, type Slot, service, slot } from 'dispatch/kernel';
import type { ZodType, z } from 'zod';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** What a handler gets: every part already checked against the route's schemas. */
export interface RouteRequest<P, Q, B> {
  params: P;
  query: Q;
  body: B;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
}

/** One HTTP route. A plugin contributes the routes of what it owns. */
export interface Route<P = unknown, Q = unknown, B = unknown> {
  readonly method: Method;
  /** Express 5 path: `/conversations/:id`. */
  readonly path: string;
  /** One line, for the generated document. */
  readonly summary: string;
  readonly params?: ZodType<P>;
  /** Values arrive as text; use `z.coerce`. A repeated parameter is refused before. */
  readonly query?: ZodType<Q>;
  readonly body?: ZodType<B>;
  /** Whether a missing body is fine (it is then undefined). */
  readonly bodyOptional?: boolean;
  /** Shape of the 200 answer; absent for a stream of events. */
  readonly answer?: ZodType;
  /** Answers JSON, or `lines(…)`. Throw an `HttpError` for anything but 200. */
  handle(request: RouteRequest<P, Q, B>): unknown;
}

/** Keeps a route's schemas and its handler's types together; the list wants the erased form. */
export function route<P extends ZodType = ZodType<unknown>, Q extends ZodType = ZodType<unknown>, B extends ZodType = ZodType<unknown>>(
  spelt: Omit<Route, 'params' | 'query' | 'body' | 'handle'> & {
    params?: P;
    query?: Q;
    body?: B;
    handle(request: RouteRequest<z.infer<P>, z.infer<Q>, z.infer<B>>): unknown;
  },
): Route {
  return spelt as unknown as Route;
}

export interface RouteGroup {
  readonly routes: readonly Route[];
}
export const Routes: Slot<RouteGroup> = slot<RouteGroup>('dispatch.route[]');

/** An answer other than 200: `{ error, code?, details? }`. Say what is wrong and what would be right. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly extra: {
      code?: string;
      details?: unknown;
      headers?: Record<string, string>;
      /** Further members of the answer, beside `error`. */
      body?: Readonly<Record<string, unknown>>;
    } = {},
  ) {
    super(message);
    this.name = 'HttpError';
  }
}

/** Where the lines of an NDJSON answer go. */
export interface LineSink {
  /** Writes whole lines (each ends in a line end). False: wait for `drained`. */
  write(text: string): boolean;
  end(): void;
}

/** An NDJSON answer: flushed as it happens, with back-pressure. */
export class Lines {
  constructor(
    readonly headers: Readonly<Record<string, string>>,
    /** Called once the headers are out. `stopped` is called when the client is gone. */
    readonly start: (sink: LineSink) => { drained(): void; stopped(): void },
  ) {}
}

/** Says why the server cannot take a turn just now; `GET /health` then answers 503 with it. */
export interface HealthCheck {
  /** Undefined when all is well. */
  problem(): string | undefined;
}
export const HealthChecks: Slot<HealthCheck> = slot<HealthCheck>('dispatch.health-check[]');

export { listen } from './listening.js';

/** The HTTP server, for a plugin that hangs itself onto its port (`server.on('upgrade', …)`). Listening once started. */
export interface HttpServer {
  readonly host: string;
  /** The port it listens on; the configured one until then. */
  readonly port: number;
  readonly server: Server;
}
export const HttpServer: Service<HttpServer> = service<HttpServer>('dispatch.http-server');

/** Why a request is not let in. */
export interface Refusal {
  status: 400 | 401 | 403 | 429;
  /** What is wrong and what would be right. */
  error: string;
  code?: string;
  headers?: Readonly<Record<string, string>>;
}

/** Who may connect: asked for each request, and before each upgrade to a WebSocket. */
export interface AccessCheck {
  /** Undefined when the request may go on; what `Origin` it carries, if any, is then an allowed one. */
  check(request: IncomingMessage): Refusal | undefined;
}
export const AccessCheck: Service<AccessCheck> = service<AccessCheck>('dispatch.access-check');

/** One more condition on who may connect; asked after `Host` and `Origin` were found good. The first refusal counts. */
export interface AccessRule {
  check(request: IncomingMessage): Refusal | undefined;
}
export const AccessRules: Slot<AccessRule> = slot<AccessRule>('dispatch.access-rule[]');

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
  /** The request as it came, for what its connection tells; its body has been read. There whenever a server asks. */
  incoming?: IncomingMessage;
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
  /** Shape of the 200 answer; of one line of it where `media` is `application/x-ndjson`. */
  readonly answer?: ZodType;
  /** Request headers that it understands, each with what it is for. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Media type of the 200 answer where it is not JSON: `text/html`, `application/x-ndjson`. */
  readonly media?: string;
  /** Statuses that its `HttpError`s have. What follows from the parts above (400, 413, 415) need not be said. */
  readonly errors?: readonly number[];
  /** Answers JSON, `Lines`, a `Content` or an `Answer`. Throw an `HttpError` for anything but 200. */
  handle(request: RouteRequest<P, Q, B>): unknown;
}

type Told<T> = T extends object ? { readonly [K in keyof T]: Told<T[K]> } : T;
type Answered<A> = Told<A> | Lines | Content | Answer;

/** Keeps a route's schemas and its handler's types together; the list wants the erased form. */
export function route<
  P extends ZodType = ZodType<unknown>,
  Q extends ZodType = ZodType<unknown>,
  B extends ZodType = ZodType<unknown>,
  A extends ZodType = ZodType<unknown>,
>(
  spelt: Omit<Route, 'params' | 'query' | 'body' | 'answer' | 'handle'> & {
    params?: P;
    query?: Q;
    body?: B;
    answer?: A;
    handle(request: RouteRequest<z.infer<P>, z.infer<Q>, z.infer<B>>): Answered<z.infer<A>> | Promise<Answered<z.infer<A>>>;
  },
): Route {
  return spelt as unknown as Route;
}

export { wire } from './wire.js';

const opened = new WeakSet<Route>();

/**
 * Marks a route as one that nobody needs to be let in for: `/health`, the files of the web page, and where a launch code
 * is exchanged. `Host` and `Origin` are checked all the same. A mark and not a member of `Route`, so that only code of
 * this server can set it: a dropped plugin has no way to this very function, whatever it writes into its routes.
 */
export function openRoute(marked: Route): Route {
  opened.add(marked);
  return marked;
}

/** Whether a route was marked by `openRoute`. */
export const isOpenRoute = (asked: Route): boolean => opened.has(asked);

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

/** An answer with a status or headers of its own, such as a cookie; `body` is sent as JSON, nothing when undefined. */
export class Answer {
  constructor(
    readonly body: unknown,
    readonly extra: { status?: number; headers?: Readonly<Record<string, string>> } = {},
  ) {}
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

/** An answer that is not JSON: a page, a script, a text, a picture. Goes out with the safety headers; `HEAD` is answered too. */
export class Content {
  constructor(
    /** With the charset, where it is text: `text/html; charset=utf-8`. */
    readonly type: string,
    readonly body: string | Uint8Array,
    /**
     * `Content-Security-Policy`, without which a page may load nothing; `Cache-Control`, without which nobody keeps it.
     * What may be kept gets an `ETag` and is not sent again to who has it.
     */
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}
}

/** What is served just now: the routes of all plugins that did not clash, the server's own included. */
export interface RouteList {
  /** The same list until a plugin comes or goes. */
  served(): readonly Route[];
}
export const RouteList: Service<RouteList> = service<RouteList>('dispatch.route-list');

/** Says why the server cannot take a turn just now; `GET /health` then answers 503 with it. */
export interface HealthCheck {
  /** Undefined when all is well. */
  problem(): string | undefined;
}
export const HealthChecks: Slot<HealthCheck> = slot<HealthCheck>('dispatch.health-check[]');

export { httpLimitsFrom, serverOptions } from './limits.js';
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

/** What is found of a request: undefined lets it in. */
export type Verdict = Refusal | undefined;

/** Who may connect: asked for each request, and before each upgrade to a WebSocket. */
export interface AccessCheck {
  /**
   * Undefined when the request may go on; what `Origin` it carries, if any, is then an allowed one. A promise only where
   * something about a new connection has to be found out first; it never rejects.
   * @param open whether nobody needs to be let in for what is asked: `Host` and `Origin` are checked, nothing else
   */
  check(request: IncomingMessage, open?: boolean): Verdict | Promise<Verdict>;
}
export const AccessCheck: Service<AccessCheck> = service<AccessCheck>('dispatch.access-check');

/**
 * Tells whether a request comes from somebody who may be here at all. A service and no slot: without one, or with one
 * that failed to start, nothing is served.
 */
export interface Authentication {
  /** Asked after `Host` and `Origin` were found good. The promise never rejects. */
  check(request: IncomingMessage): Verdict | Promise<Verdict>;
}
export const Authentication: Service<Authentication> = service<Authentication>('dispatch.authentication');

/** One more condition on who may connect; asked of those that were let in so far. The first refusal counts. */
export interface AccessRule {
  check(request: IncomingMessage): Verdict;
}
export const AccessRules: Slot<AccessRule> = slot<AccessRule>('dispatch.access-rule[]');

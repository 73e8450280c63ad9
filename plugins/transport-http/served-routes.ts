import express, { type NextFunction, type Request, type RequestHandler, type Response, type Router } from 'express';
import { safetyHeaders, sendError } from './answers.js';
import { isOpenRoute, type Route, type RouteGroup } from './contract.js';
import { errorAnswer } from './error-answer.js';
import type { BodyLimits } from './limits.js';
import { noRoute } from './no-route.js';
import { splitTarget } from './query.js';
import { routeHandler } from './route-handler.js';
import { matchesPath, routeTable } from './route-table.js';

interface Served {
  /** The groups it was made from, to tell when it is out of date. */
  groups: readonly RouteGroup[];
  routes: readonly Route[];
  router: Router;
  /** The routes without parameters, by method and path: found without asking one after another. */
  fixed: ReadonlyMap<string, RequestHandler>;
  /** The routes nobody needs to be let in for. */
  open: readonly Route[];
}

/** Mounts the routes that plugins contribute, and mounts them anew when plugins come or go. */
export class ServedRoutes {
  private served: Served | undefined;

  constructor(
    /** Comes before all others, so that none can take its place. */
    private readonly own: RouteGroup,
    private readonly groups: readonly RouteGroup[],
    private readonly limits: BodyLimits,
    private readonly complain: (sentence: string, cause?: unknown) => void,
  ) {}

  /** Handles a request: a route, or why there is none. */
  readonly handle = (request: Request, response: Response) => {
    const { router, routes, fixed } = this.current();
    const { path } = splitTarget(request.url);
    if (request.method === 'OPTIONS') return answerOptions(path, routes, response);
    const next: NextFunction = (thrown) => {
      if (thrown === undefined || thrown === null) return sendError(response, noRoute(request.method, path, routes));
      const answer = errorAnswer(thrown);
      if (answer.unexpected) this.complain(`${request.method} ${request.route?.path ?? path} failed`, thrown);
      sendError(response, answer);
    };
    const direct = fixed.get(`${request.method} ${path}`);
    if (!direct) return router(request, response, next);
    request.params = {};
    return Promise.resolve(direct(request, response, next)).catch(next);
  };

  /** Whether nobody needs to be let in for what is asked: a route marked so answers it. */
  isOpen(method: string, path: string): boolean {
    const asked = method === 'HEAD' ? 'GET' : method;
    const { open, routes } = this.current();
    const marked = open.some((each) => each.method === asked && matchesPath(each.path, path));
    return marked && isOpenRoute(routes.find((each) => each.method === asked && matchesPath(each.path, path)) as Route);
  }

  /** The router for what the slot holds now. */
  current(): Served {
    const { served, groups } = this;
    if (served && served.groups.length === groups.length && served.groups.every((each, at) => each === groups[at])) return served;
    const { routes, refused } = routeTable([this.own, ...groups].flatMap((group) => group.routes));
    for (const sentence of refused) this.complain(sentence);
    const router = express.Router({ caseSensitive: true });
    for (const route of routes)
      router[route.method.toLowerCase() as Lowercase<Route['method']>](route.path, routeHandler(route, this.limits));
    const fixed = new Map(
      routes.filter(({ path }) => !path.includes(':')).map((route) => [`${route.method} ${route.path}`, routeHandler(route, this.limits)]),
    );
    this.served = { groups: [...groups], routes, router, fixed, open: routes.filter(isOpenRoute) };
    return this.served;
  }
}

function answerOptions(path: string, routes: readonly Route[], response: Response) {
  const told = noRoute('OPTIONS', path, routes);
  if (path !== '*' && told.status === 404) return sendError(response, told);
  const allow = told.headers?.Allow ?? 'GET, HEAD, POST, PUT, DELETE, OPTIONS';
  response.writeHead(204, { Allow: allow, ...safetyHeaders }).end();
}

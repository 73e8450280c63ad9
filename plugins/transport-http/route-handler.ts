import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request, Response } from 'express';
import { sendContent, sendJson } from './answers.js';
import { Answer, Content, HttpError, Lines, type Route, type RouteRequest } from './contract.js';
import type { BodyLimits } from './limits.js';
import { sendLines } from './line-answer.js';
import { parseQuery, splitTarget } from './query.js';
import { hasBody, jsonBody } from './request-body.js';
import { checked } from './schema-error.js';

/** What a handler gets. The signal is made when it is first asked for: most handlers never do. */
class CheckedRequest implements RouteRequest<unknown, unknown, unknown> {
  private controller: AbortController | undefined;

  constructor(
    readonly params: unknown,
    readonly query: unknown,
    readonly body: unknown,
    readonly incoming: IncomingMessage,
    private readonly response: ServerResponse,
  ) {}

  get headers(): IncomingMessage['headers'] {
    return this.incoming.headers;
  }

  get signal(): AbortSignal {
    if (!this.controller) {
      const controller = new AbortController();
      this.controller = controller;
      const gone = () => !this.response.writableFinished && controller.abort();
      if (this.response.destroyed) gone();
      else this.response.once('close', gone);
    }
    return this.controller.signal;
  }
}

/** Checks a request against its route, asks the route, and sends what it answers. Rejects with what to tell instead. */
export function routeHandler(route: Route, limits: BodyLimits) {
  return async (request: Request, response: Response): Promise<void> => {
    const params = route.params ? checked(route.params, request.params, 'path') : request.params;
    const raw = parseQuery(splitTarget(request.url).query);
    const query = route.query ? checked(route.query, raw, 'query') : raw;
    const body = hasBody(request) || route.body ? await bodyOf(route, request, limits) : undefined;
    if (response.destroyed) return;
    const answer = await route.handle(new CheckedRequest(params, query, body, request, response));
    if (answer instanceof Lines) return sendLines(response, answer);
    if (answer instanceof Content) return sendContent(response, answer);
    if (answer instanceof Answer) {
      const { status = 200, headers } = answer.extra;
      return sendJson(response, status, JSON.stringify(answer.body) ?? '', headers);
    }
    const text = JSON.stringify(answer);
    if (text === undefined) throw new Error(`the route ${route.method} ${route.path} answered nothing`);
    sendJson(response, 200, text);
  };
}

async function bodyOf(route: Route, request: IncomingMessage, limits: BodyLimits): Promise<unknown> {
  const body = await jsonBody(request, limits);
  if (!route.body || (body === undefined && route.bodyOptional)) return undefined;
  if (body === undefined) throw new HttpError(400, 'the body is empty: send JSON', { code: 'bad_json' });
  return checked(route.body, body, 'body');
}

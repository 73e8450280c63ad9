import type { NextFunction, Request, Response } from 'express';
import { safetyHeaders, sendError } from './answers.js';
import type { AccessCheck, Refusal, Verdict } from './contract.js';
import { corsHeaders } from './cors.js';
import { splitTarget } from './query.js';
import { hasBody } from './request-body.js';

const known: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS']);

/** Node counts only the bytes of names and values; thousands of tiny headers are refused by number. */
const maxHeaders = 256;

/**
 * What every request has to pass before a route is looked for.
 * @param isOpen whether nobody needs to be let in for what is asked
 */
export function guard(access: AccessCheck, isOpen: (method: string, path: string) => boolean) {
  return (request: Request, response: Response, next: NextFunction): void => {
    if (request.httpVersionMajor !== 1) return refuse(response, bad('only HTTP/1.1 and HTTP/1.0 are spoken here'));
    if (request.rawHeaders.length > 2 * maxHeaders)
      return refuse(response, { ...bad(`the request has more than ${maxHeaders} headers: send fewer`), status: 431 });
    const target = originForm(request.url);
    const preflight = isPreflight(request);
    const go = (verdict: Verdict) => {
      if (response.destroyed) return;
      // Who is unknown may read that it is: the page that asks was found good before.
      if (!verdict || verdict.status === 401 || verdict.status === 429) allowOrigin(request, response, preflight);
      if (verdict) return refuse(response, verdict);
      if (preflight) return void response.writeHead(204, safetyHeaders).end();
      const problem = formProblem(request, target);
      if (problem) return refuse(response, problem);
      request.url = target;
      next();
    };
    // A browser sends no credentials along with a preflight.
    const verdict = access.check(request, preflight || isOpen(request.method, splitTarget(target).path));
    if (verdict instanceof Promise) void verdict.then(go).catch(next);
    else go(verdict);
  };
}

const isPreflight = ({ method, headers }: Request): boolean =>
  method === 'OPTIONS' && headers['access-control-request-method'] !== undefined && headers.origin !== undefined;

function allowOrigin({ headers: { origin } }: Request, response: Response, preflight: boolean): void {
  if (origin === undefined) return;
  for (const [name, value] of Object.entries(corsHeaders(origin, preflight))) response.setHeader(name, value);
}

/** The target without the scheme and host of an absolute one. */
function originForm(url: string): string {
  const bare = url.startsWith('/') ? url : url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '') || '/';
  return bare.startsWith('?') ? `/${bare}` : bare;
}

/** Why a request makes no sense, whoever sends it. */
function formProblem(request: Request, target: string): Form | undefined {
  if (!known.has(request.method))
    return { status: 405, error: `the method ${request.method} is not served here`, headers: { ...closing, Allow: [...known].join(', ') } };
  if ((request.method === 'GET' || request.method === 'HEAD') && hasBody(request))
    return bad(`a ${request.method} request has no body: leave it out`);
  const { path } = splitTarget(target);
  if (path !== '*' && !path.startsWith('/')) return bad('the path must begin with a slash');
  try {
    if (path.includes('%')) decodeURIComponent(path);
  } catch {
    return { status: 400, error: 'the path is not valid percent-encoding: encode its parts with encodeURIComponent', headers: {} };
  }
  return undefined;
}

type Form = Omit<Refusal, 'status'> & { status: number };

const closing = { Connection: 'close' } as const;
const bad = (error: string): Form => ({ status: 400, error, headers: closing });

function refuse(response: Response, { status, error, code, headers }: Form): void {
  sendError(response, { status, body: { error, code }, headers: status === 400 ? (headers ?? closing) : headers });
}

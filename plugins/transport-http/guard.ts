import type { NextFunction, Request, Response } from 'express';
import { safetyHeaders, sendError } from './answers.js';
import type { AccessCheck } from './contract.js';
import { corsHeaders } from './cors.js';
import { splitTarget } from './query.js';
import { hasBody } from './request-body.js';

const known: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS']);

/** Node counts only the bytes of names and values; thousands of tiny headers are refused by number. */
const maxHeaders = 256;

/** What every request has to pass before a route is looked for. */
export function guard(access: AccessCheck) {
  return (request: Request, response: Response, next: NextFunction) => {
    const refuse = (status: number, error: string, headers?: Readonly<Record<string, string>>, code?: string) =>
      sendError(response, { status, body: { error, code }, headers });
    if (request.httpVersionMajor !== 1) return refuse(400, 'only HTTP/1.1 and HTTP/1.0 are spoken here', closing);
    if (request.rawHeaders.length > 2 * maxHeaders)
      return refuse(431, `the request has more than ${maxHeaders} headers: send fewer`, closing);
    const refusal = access.check(request);
    if (refusal) {
      const { status, error, code } = refusal;
      return refuse(status, error, status === 400 ? { ...closing, ...refusal.headers } : refusal.headers, code);
    }

    const { origin } = request.headers;
    const preflight = request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
    if (origin !== undefined) for (const [name, value] of Object.entries(corsHeaders(origin, preflight))) response.setHeader(name, value);

    if (!known.has(request.method))
      return refuse(405, `the method ${request.method} is not served here`, {
        ...closing,
        Allow: [...known].join(', '),
      });
    if ((request.method === 'GET' || request.method === 'HEAD') && hasBody(request))
      return refuse(400, `a ${request.method} request has no body: leave it out`, closing);
    if (preflight) return void response.writeHead(204, safetyHeaders).end();

    request.url = request.url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '') || '/';
    if (request.url.startsWith('?')) request.url = `/${request.url}`;
    const { path } = splitTarget(request.url);
    if (path !== '*' && !path.startsWith('/')) return refuse(400, 'the path must begin with a slash', closing);
    try {
      if (path.includes('%')) decodeURIComponent(path);
    } catch {
      return refuse(400, 'the path is not valid percent-encoding: encode its parts with encodeURIComponent');
    }
    next();
  };
}

const closing = { Connection: 'close' } as const;

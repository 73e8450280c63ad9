import { nearest } from 'dispatch/kernel';
import type { Route } from './contract.js';
import type { ErrorAnswer } from './error-answer.js';
import { allowedMethods } from './route-table.js';

/** What is told where no route answers: which methods the path has, or that it is nowhere and what is near it. */
export function noRoute(method: string, path: string, routes: readonly Route[]): ErrorAnswer {
  const allowed = allowedMethods(path, routes);
  if (allowed.length > 0)
    return {
      status: 405,
      body: { error: `${shown(path)} does not answer to ${method}, only to ${allowed.join(', ')}` },
      headers: { Allow: allowed.join(', ') },
    };
  const near = path.length <= 80 ? nearest(path, [...new Set(routes.map((each) => each.path))], 1) : [];
  return {
    status: 404,
    body: { error: `there is no route ${shown(path)}${near.length > 0 ? `; the nearest is ${near[0]}` : ''}` },
  };
}

const shown = (path: string): string => (path.length <= 200 ? path : `${path.slice(0, 200)}…`);

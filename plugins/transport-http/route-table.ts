import type { Method, Route } from './contract.js';

/** The routes that are served, the most definite path first, and why others are not. */
export interface RouteTable {
  routes: readonly Route[];
  /** Sentences, one for each route that is left out. */
  refused: readonly string[];
}

const segment = String.raw`(?::[A-Za-z_]\w*|[A-Za-z0-9._~-]+)`;
const spelling = new RegExp(`^/$|^/[A-Za-z0-9._~-]+(?:/${segment})*$`);
const methods: readonly string[] = ['GET', 'POST', 'PUT', 'DELETE'] satisfies Method[];

/** Two paths that match the same requests have the same shape. */
const shape = (path: string): string => path.replaceAll(/:\w+/g, ':');

/**
 * Decides which of the routes are served. Of two with the same method and shape the first stays. Order of the plugins
 * does not matter otherwise: a fixed word goes before a parameter.
 */
export function routeTable(routes: readonly Route[]): RouteTable {
  const kept = new Map<string, Route>();
  const refused: string[] = [];
  for (const route of routes) {
    const name = `${route.method} ${route.path}`;
    const key = `${route.method} ${shape(route.path)}`;
    const earlier = kept.get(key);
    if (!methods.includes(route.method)) refused.push(`the route ${name} is left out: its method must be one of ${methods.join(', ')}`);
    else if (!spelling.test(route.path))
      refused.push(
        `the route ${name} is left out: a path is made of fixed words and parameters like /things/:id, begins with a fixed word and has no wildcard`,
      );
    else if (earlier) refused.push(`the route ${name} is left out: ${earlier.method} ${earlier.path} is served by an earlier one`);
    else kept.set(key, route);
  }
  return { routes: [...kept.values()].sort((a, b) => byDefiniteness(a.path, b.path)), refused };
}

/** Parameters sort after words at the first segment where two paths differ in kind. */
function byDefiniteness(a: string, b: string): number {
  const [left, right] = [a.split('/'), b.split('/')];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const order = Number(left[at]?.startsWith(':')) - Number(right[at]?.startsWith(':'));
    if (order !== 0) return order;
  }
  return 0;
}

/** The methods a path answers to, HEAD and OPTIONS included; empty when nothing is there. */
export function allowedMethods(path: string, routes: readonly Route[]): string[] {
  const asked = segments(path);
  const found = new Set(routes.filter((route) => matches(segments(route.path), asked)).map(({ method }) => method));
  if (found.size === 0) return [];
  return [...methods.filter((each) => found.has(each as Method)), ...(found.has('GET') ? ['HEAD'] : []), 'OPTIONS'];
}

/** Whether a path that is asked for is one a route answers. */
export const matchesPath = (path: string, asked: string): boolean => matches(segments(path), segments(asked));

const segments = (path: string): string[] => path.replace(/(?!^)\/$/, '').split('/');

const matches = (pattern: readonly string[], asked: readonly string[]): boolean =>
  pattern.length === asked.length && pattern.every((word, at) => (word.startsWith(':') ? asked[at] !== '' : word === asked[at]));

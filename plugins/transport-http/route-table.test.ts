import { expect, test } from '@jest/globals';
import type { Method, Route } from './contract.js';
import { allowedMethods, routeTable } from './route-table.js';

const at = (method: string, path: string): Route => ({ method: method as Method, path, summary: '', handle: () => ({}) });
const names = (routes: readonly Route[]) => routes.map(({ method, path }) => `${method} ${path}`);

test('the first of two with the same method and shape stays', () => {
  const { routes, refused } = routeTable([at('GET', '/a/:x'), at('GET', '/a/:y'), at('PUT', '/a/:y')]);
  expect(names(routes)).toEqual(['GET /a/:x', 'PUT /a/:y']);
  expect(refused).toEqual(['the route GET /a/:y is left out: GET /a/:x is served by an earlier one']);
});

test('fixed words go before parameters, whatever the order of the plugins', () => {
  const paths = ['/a/:x/:y', '/a/:x/b', '/a/b/:y', '/a/b'];
  for (const order of [paths, paths.toReversed()]) {
    const sorted = names(routeTable(order.map((path) => at('GET', path))).routes);
    expect(sorted.indexOf('GET /a/b/:y')).toBeLessThan(sorted.indexOf('GET /a/:x/b'));
    expect(sorted.indexOf('GET /a/:x/b')).toBeLessThan(sorted.indexOf('GET /a/:x/:y'));
  }
});

test('only plain paths of known methods are served', () => {
  const bad = [at('PATCH', '/a'), ...['/*x', '/:x', 'a', '/a/', '/a{/b}', '/a/:x.json', '/a//b'].map((path) => at('GET', path))];
  expect(routeTable(bad).routes).toEqual([]);
  expect(routeTable(bad).refused).toHaveLength(bad.length);
  expect(names(routeTable([at('GET', '/'), at('GET', '/openapi.json')]).routes)).toEqual(['GET /', 'GET /openapi.json']);
});

test('the methods of a path are those of every route that matches it', () => {
  const routes = [at('GET', '/a/b'), at('POST', '/a/:x'), at('DELETE', '/c')];
  expect(allowedMethods('/a/b', routes)).toEqual(['GET', 'POST', 'HEAD', 'OPTIONS']);
  expect(allowedMethods('/a/b/', routes)).toEqual(['GET', 'POST', 'HEAD', 'OPTIONS']);
  expect(allowedMethods('/a/z', routes)).toEqual(['POST', 'OPTIONS']);
  expect(allowedMethods('/z', routes)).toEqual([]);
});

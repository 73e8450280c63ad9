import type { Route } from '../transport-http/contract.js';

/** A route with its path as OpenAPI spells it. */
export interface NamedPath {
  route: Route;
  /** `/things/{id}`. */
  path: string;
  /** The route's own names of the path's parameters, by the names they have in `path`. */
  parameters: ReadonlyMap<string, string>;
  operationId: string;
}

const parameter = /:([A-Za-z_]\w*)/g;

/**
 * Spells the paths. Two paths that match the same requests are one path of the document, however their parameters are
 * called: the names of the first count. Pure.
 */
export function namedPaths(routes: readonly Route[]): NamedPath[] {
  const shapes = new Map<string, string[]>();
  const ids = new Set<string>();
  return routes.map((route) => {
    const own = [...route.path.matchAll(parameter)].map(([, name]) => name as string);
    const shape = route.path.replaceAll(parameter, ':');
    const names = shapes.get(shape) ?? own;
    shapes.set(shape, names);
    let at = 0;
    const path = route.path.replaceAll(parameter, () => `{${names[at++]}}`);
    return { route, path, parameters: new Map(names.map((name, i) => [name, own[i] as string])), operationId: idOf(route, ids) };
  });
}

/** `GET /things/:id/title-page` is `getThingsByIdTitlePage`. */
function idOf({ method, path }: Route, taken: Set<string>): string {
  const words = path.replaceAll(parameter, 'by-$1').split(/[^A-Za-z0-9]+/);
  const plain = method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  let id = plain;
  for (let i = 2; taken.has(id); i++) id = `${plain}${i}`;
  taken.add(id);
  return id;
}

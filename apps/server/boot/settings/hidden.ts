import { holdsSecret, isSecret, type Shape } from './setting-fields.js';

/** Stands for a value that nobody may be shown. */
export const mask = '***';

const isObject = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object' && !Array.isArray(value);

/** What describes the members of a value that is described by a shape; undefined where it is all one. */
function membersOf({ properties, additionalProperties, items }: Shape, value: unknown): ((name: string) => Shape | undefined) | undefined {
  if (Array.isArray(value)) return items && (() => items);
  if (!isObject(value) || !(properties || isObject(additionalProperties))) return undefined;
  return (name) => {
    if (properties && Object.hasOwn(properties, name)) return properties[name];
    return isObject(additionalProperties) ? (additionalProperties as Shape) : undefined;
  };
}

/** @param marked whether its schema says so; otherwise nothing is known of it */
type Hide = (value: unknown, path: readonly string[], marked: boolean) => unknown;

/** Rebuilds a value by what describes each part; a part that nothing describes, or that is one and holds a secret, is `hide`d. */
function walk(shape: Shape | undefined, value: unknown, hide: Hide, path: readonly string[] = []): unknown {
  if (value === undefined || value === null) return value;
  if (shape === undefined || isSecret(shape)) return hide(value, path, shape !== undefined);
  const members = membersOf(shape, value);
  if (members === undefined) return holdsSecret(shape) ? hide(value, path, true) : value;
  const inside = (each: unknown, name: string) => walk(members(name), each, hide, [...path, name]);
  if (Array.isArray(value)) return value.map((each, i) => inside(each, String(i)));
  return Object.fromEntries(Object.entries(value as object).map(([name, each]) => [name, inside(each, name)]));
}

/** A value as it may be shown. Pure. */
export const hidden = (shape: Shape | undefined, value: unknown): unknown => walk(shape, value, () => mask);

/** What somebody gave who was shown the hidden form of `current`: `***` is what it was. Pure. */
export function restored(shape: Shape | undefined, value: unknown, current: unknown): unknown {
  return walk(shape, value, (each, path) => (each === mask ? at(current, path) : each));
}

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (found, name) => (found !== null && typeof found === 'object' && Object.hasOwn(found, name) ? found[name as never] : undefined),
    value,
  );

/** Every text and number that is marked as secret. Pure. */
export function secretsOf(shape: Shape | undefined, value: unknown): string[] {
  const found: string[] = [];
  walk(shape, value, (each, _, marked) => void (marked && found.push(...textsIn(each))));
  return found;
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string' || typeof value === 'number') return [String(value)];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : [];
}

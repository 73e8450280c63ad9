import { nearest } from 'dispatch/kernel';
import * as z from 'zod';
import { schema } from './schema.js';

/** One setting, as loading and explaining need it. */
export interface Key {
  /** Dotted: `http.port`. */
  key: string;
  type: z.ZodType;
  kind: 'text' | 'number' | 'flag' | 'list' | 'record';
  /** Whether the elements of a list are numbers. */
  numbers: boolean;
  doc: string;
  /** What a value has to be, as it ends a sentence. */
  expected: string;
  byDefault: unknown;
}

const kinds: Readonly<Record<string, Key['kind']>> = {
  number: 'number',
  boolean: 'flag',
  array: 'list',
  record: 'record',
};

/** All settings by their dotted key. */
export const keys: ReadonlyMap<string, Key> = new Map(collect(schema, ''));

/** Names that hold settings and are none themselves: `http`, `tools`, `tools.web`, … */
export const groups: ReadonlySet<string> = new Set([...keys.keys()].flatMap(outer));

function outer(key: string): string[] {
  const names = key.split('.').slice(0, -1);
  return names.map((_, i) => names.slice(0, i + 1).join('.'));
}

/** What somebody most likely meant by a key that does not exist: a group was forgotten, or letters are wrong. */
export function nearestKey(path: string): string {
  const names = [...keys.keys(), ...groups];
  return names.find((name) => name.endsWith(`.${path}`)) ?? (nearest(path, names, 1)[0] as string);
}

/** Settings that hold paths; a relative one is meant from where it was written. */
export const pathKeys: ReadonlySet<string> = new Set(['cwd', 'dataDir', 'db', 'traceDb', 'journal', 'webDir', 'plugins.folders']);

function collect(object: z.ZodObject, prefix: string): [string, Key][] {
  return Object.entries(object.shape).flatMap(([name, type]): [string, Key][] => {
    const key = `${prefix}${name}`;
    return type instanceof z.ZodObject ? collect(type, `${key}.`) : [[key, describe(key, type as z.ZodType)]];
  });
}

function describe(key: string, type: z.ZodType): Key {
  const meta = type.meta() as { description: string; expected: string };
  const bare = unwrap(type);
  return {
    key,
    type,
    kind: kinds[bare.def.type] ?? 'text',
    numbers: bare instanceof z.ZodArray && (bare.element as z.ZodType).def.type === 'number',
    doc: meta.description,
    expected: meta.expected,
    byDefault: type instanceof z.ZodDefault ? type.def.defaultValue : undefined,
  };
}

/** The type inside `default` and `optional`. */
export function unwrap(type: z.ZodType): z.ZodType {
  return type instanceof z.ZodDefault || type instanceof z.ZodOptional ? unwrap(type.unwrap() as z.ZodType) : type;
}

/** The setting a dotted path belongs to, and the entry it names when that setting is a record. */
export function locate(path: string): { key: Key; entry?: string } | undefined {
  const exact = keys.get(path);
  if (exact) return { key: exact };
  for (const key of keys.values())
    if (key.kind === 'record' && path.startsWith(`${key.key}.`)) return { key, entry: path.slice(key.key.length + 1) };
  return undefined;
}

import { type Config, KernelError } from 'dispatch/kernel';
import type { Chosen } from './layers.js';

/** One setting as it was settled: the value that counts, where it was written, and what it overrides. */
export interface Setting extends Chosen {
  doc: string;
}

/** The configuration after all layers were merged, checked and completed. */
export class LoadedConfig {
  constructor(
    /** Nested, as a configuration file spells it. */
    readonly values: Readonly<Record<string, unknown>>,
    /** By dotted path, in the order of the schema. */
    readonly settings: ReadonlyMap<string, Setting>,
    /** One sentence each. */
    readonly warnings: readonly string[],
    /** Every secret value that was found, the overridden ones too. */
    readonly secrets: readonly string[],
  ) {}

  /** The view that plugins get. */
  asConfig(): Config {
    return readerOf(this.values);
  }
}

/** Reads values by dotted key, as plugins do. */
export function readerOf(values: Readonly<Record<string, unknown>>): Config {
  const read =
    <T>(kind: string, take: (value: unknown) => T | undefined) =>
    (key: string): T => {
      const value = valueAt(values, key);
      const taken = take(value);
      if (taken === undefined) throw new KernelError('config-type', wrongKind(key, kind, value));
      return taken;
    };
  return {
    value: (key) => valueAt(values, key),
    text: read('a text', (value) => (typeof value === 'string' ? value : undefined)),
    number: read('a number', (value) => (typeof value === 'number' ? value : undefined)),
    flag: read('true or false', (value) => (typeof value === 'boolean' ? value : undefined)),
    list: read('a list', (value) => (Array.isArray(value) ? value.map(String) : undefined)),
  };
}

/** The value under a dotted key. Names of records may have dots themselves: the longest name that is there counts. */
export function valueAt(values: unknown, key: string): unknown {
  if (values === null || typeof values !== 'object') return undefined;
  if (Object.hasOwn(values, key)) return (values as Record<string, unknown>)[key];
  for (let at = key.lastIndexOf('.'); at > 0; at = key.lastIndexOf('.', at - 1)) {
    const name = key.slice(0, at);
    if (!Object.hasOwn(values, name)) continue;
    const found = valueAt((values as Record<string, unknown>)[name], key.slice(at + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

const wrongKind = (key: string, wanted: string, value: unknown): string =>
  value === undefined
    ? `the setting "${key}" is not set, and a plugin needs it to be ${wanted}`
    : `the setting "${key}" is ${Array.isArray(value) ? 'a list' : `of the kind "${typeof value}"`}, and a plugin takes it for ${wanted}`;

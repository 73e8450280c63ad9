import type { Config } from '../contracts/config.js';
import { KernelError } from '../errors.js';

/** Settings from a plain record of dotted keys; as strict as the real ones. */
export function testConfig(values: Readonly<Record<string, unknown>> = {}): Config {
  const read = <T>(key: string, kind: string, fits: (value: unknown) => boolean): T => {
    if (!Object.hasOwn(values, key) || !fits(values[key])) throw new KernelError('config-type', `the setting "${key}" is no ${kind}`);
    return values[key] as T;
  };
  return {
    value: (key) => (Object.hasOwn(values, key) ? values[key] : undefined),
    text: (key) => read(key, 'text', (value) => typeof value === 'string'),
    number: (key) => read(key, 'number', (value) => typeof value === 'number'),
    flag: (key) => read(key, 'flag', (value) => typeof value === 'boolean'),
    list: (key) => read(key, 'list of texts', (value) => Array.isArray(value) && value.every((each) => typeof each === 'string')),
  };
}

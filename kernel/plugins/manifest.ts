import { KernelError } from '../errors.js';
import { nearest } from './nearest.js';

/** What a plugin declares, as plain data that can be read without running its code. */
export interface Manifest {
  /** Kebab-case, the name of its folder. */
  id: string;
  version?: string;
  /** Range of Dispatch versions it works with. */
  engine?: string;
  /** Id texts. */
  provides: string[];
  /** Id texts, in the order of the constructor's parameters. */
  needs: string[];
  /** JSON Schema of its settings; `"secret": true` or `"format": "password"` marks what is never shown. */
  settings?: Record<string, unknown>;
  /** What it may touch, for people to read: `network`, `files`, `processes`, … */
  capabilities?: readonly string[];
  /** While a critical plugin is down, what it guards is refused. */
  critical?: boolean;
}

/** Entries of a list at most. */
const most = 64;
const pattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const checks: Record<string, [(value: unknown) => boolean, string]> = {
  id: [(v) => typeof v === 'string' && v.length <= 64 && pattern.test(v), 'kebab-case of at most 64 characters, such as "tool-dice"'],
  version: [isText, 'a text such as "1.0.0"'],
  engine: [isText, 'a version range such as "^0.1.0"'],
  provides: [(v) => isIds(v), 'an id such as "dispatch.tool[]", or a list of ids'],
  inject: [(v) => isIds(v), 'a list of ids such as ["dispatch.logger"]'],
  settings: [(v) => typeof v === 'object' && v !== null && !Array.isArray(v), 'a JSON Schema'],
  capabilities: [(v) => Array.isArray(v) && v.length <= most && v.every(isText), `a list of at most ${most} words`],
  critical: [(v) => typeof v === 'boolean', 'true or false'],
};

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= 256;
}
function isIds(value: unknown): boolean {
  const ids = Array.isArray(value) ? value : [value];
  return ids.length <= most && ids.every((id) => isText(id) && /^[a-z][\w.-]*(\[\])?$/.test(id as string));
}

/** Checks declared data and gives it its one shape. Throws `plugin-invalid` that names the source and the field. */
export function parseManifest(value: unknown, source: string): Manifest {
  const refuse = (what: string) => new KernelError('plugin-invalid', `the plugin at ${source}: ${what}`);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('its declaration is not an object');
  const fields = value as Record<string, unknown>;
  for (const key of Object.keys(fields)) {
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
    if (!check) throw refuse(`unknown field "${key.slice(0, 64)}"; did you mean "${nearest(key.slice(0, 64), Object.keys(checks))[0]}"?`);
    if (fields[key] !== undefined && !check[0](fields[key])) throw refuse(`"${key}" must be ${check[1]}`);
  }
  if (fields.id === undefined) throw refuse('"id" is missing');
  if (fields.provides === undefined) throw refuse('"provides" is missing: say which id it fills, for example "dispatch.tool[]"');
  const { provides, inject = [], ...rest } = fields;
  return { ...rest, provides: [provides].flat(), needs: [inject].flat() } as unknown as Manifest;
}

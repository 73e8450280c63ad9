import { type Key, keys, nearestKey } from './keys.js';
import type { LoadedConfig, Setting } from './loaded-config.js';
import { masked } from './secrets.js';

/** What there is to say about one setting; secrets are shown as `***`. */
export interface Explanation {
  key: string;
  /** Undefined when it is not set. */
  value: unknown;
  /** The flag, variable or file it was written in; `default`; or `not set`. */
  from: string;
  /** Values that were written elsewhere and do not count, the nearest first. */
  overridden: { value: unknown; from: string }[];
  doc: string;
}

/** Explains a setting, a group of them, or an entry. Throws for a key that does not exist, with the nearest. */
export function explain(loaded: LoadedConfig, asked: string): Explanation[] {
  const under = [...keys.values()].filter(({ key }) => key === asked || key.startsWith(`${asked}.`));
  if (under.length > 0) return under.flatMap((key) => explainKey(loaded, key));
  const entry = loaded.settings.get(asked);
  if (entry) return [explanation(loaded, entry)];
  throw new Error(`there is no setting "${asked}"; did you mean "${nearestKey(asked)}"?`);
}

/** Explains all settings, those that nobody set included. */
export function show(loaded: LoadedConfig): Explanation[] {
  return [...keys.values()].flatMap((key) => explainKey(loaded, key));
}

function explainKey(loaded: LoadedConfig, { key, doc, byDefault, kind }: Key): Explanation[] {
  const found = [...loaded.settings.values()].filter(({ path }) => path === key || (kind === 'record' && path.startsWith(`${key}.`)));
  if (found.length > 0) return found.map((setting) => explanation(loaded, setting));
  return [{ key, value: byDefault, from: 'not set', overridden: [], doc }];
}

function explanation({ secrets }: LoadedConfig, { path, value, origin, overridden, doc }: Setting): Explanation {
  // which of a plugin's settings are secrets, only that plugin says
  const shown = (each: unknown) => (path.startsWith('plugins.settings.') ? hidden(each) : masked(each, secrets));
  return {
    key: path,
    value: shown(value),
    from: origin.text,
    overridden: overridden.map((each) => ({ value: shown(each.value), from: each.origin.text })),
    doc,
  };
}

/** The names only. */
function hidden(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return '***';
  return Object.fromEntries(Object.keys(value).map((name) => [name, '***']));
}

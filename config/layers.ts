import { groups, keys, locate, nearestKey } from './keys.js';

/** Where a value was written. */
export interface Origin {
  /** As a sentence names it: a flag, a variable, a file, `default`. */
  text: string;
  /** Absolute folder that relative paths are meant from. */
  base: string;
  scope: 'flag' | 'environment' | 'dotenv' | 'project' | 'user' | 'system' | 'default';
}

/** One value somebody wrote. */
export interface Assignment {
  /** Dotted path; entries of a record are paths of their own. */
  path: string;
  value: unknown;
  origin: Origin;
}

/** What is known of one path: the value that counts, and those it overrides, the nearest first. */
export interface Chosen extends Assignment {
  overridden: readonly Assignment[];
}

/** Of the layers, the first that has a path gives its value. */
export function choose(layers: readonly (readonly Assignment[])[]): Map<string, Chosen> {
  const found = new Map<string, Assignment[]>();
  for (const layer of layers)
    for (const assignment of layer) found.set(assignment.path, [...(found.get(assignment.path) ?? []), assignment]);
  return new Map([...found].map(([path, [first, ...overridden]]) => [path, { ...(first as Assignment), overridden }]));
}

const isObject = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object' && !Array.isArray(value);

/** Takes a file's object apart into assignments; names that are no settings become problems. */
export function assignmentsOf(content: unknown, origin: Origin, problems: string[]): Assignment[] {
  const found: Assignment[] = [];
  const visit = (value: unknown, path: string): void => {
    const key = keys.get(path);
    if (key?.kind === 'record' && isObject(value)) {
      for (const [entry, each] of Object.entries(value)) found.push({ path: `${path}.${entry}`, value: each, origin });
    } else if (key) found.push({ path, value, origin });
    else if (path === '$schema') return;
    else if (path !== '' && !groups.has(path)) problems.push(unknownKey(path, origin.text));
    else if (isObject(value)) for (const [name, each] of Object.entries(value)) visit(each, path === '' ? name : `${path}.${name}`);
    else problems.push(`${path === '' ? 'the configuration' : path} in ${origin.text} must be an object`);
  };
  visit(content, '');
  return found;
}

/** Takes flags, already named by dotted key; undefined ones were not given. */
export function flagAssignments(flags: Readonly<Record<string, unknown>>, cwd: string, problems: string[]): Assignment[] {
  return Object.entries(flags).flatMap(([path, value]) => {
    if (value === undefined) return [];
    const origin: Origin = { text: `--${path}`, base: cwd, scope: 'flag' };
    if (locate(path)) return [{ path, value, origin }];
    problems.push(unknownKey(path, 'the flags'));
    return [];
  });
}

export function unknownKey(path: string, where: string): string {
  return `unknown key "${path}" in ${where}; did you mean "${nearestKey(path)}"?`;
}

import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser';
import { cleaned, type Variable } from './environment.js';
import { type Assignment, assignmentsOf, type Origin } from './layers.js';
import { projectAllowed } from './project-rules.js';
import { secretsIn } from './secrets.js';

/** A file that may hold settings. */
export interface ConfigFile {
  path: string;
  scope: 'project' | 'user' | 'system';
}

/** Where files are looked for, the strongest first. */
export function configFiles(cwd: string, home: string, env: Readonly<Record<string, string | undefined>>): ConfigFile[] {
  const user = cleaned(env.XDG_CONFIG_HOME) ?? join(home, '.config');
  const folders = [
    [cwd, 'project'],
    [join(user, 'dispatch'), 'user'],
    ['/etc/dispatch', 'system'],
  ] as const;
  return folders.flatMap(([folder, scope]) =>
    ['dispatch.config.jsonc', 'dispatch.config.json'].map((name) => ({ path: join(folder, name), scope })),
  );
}

/** The text of a file; undefined when there is none. */
export function textOf(path: string, problems: string[]): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/^\ufeff/, '');
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') problems.push(`${path} cannot be read (${code})`);
    return undefined;
  }
}

/** Whether everybody on this machine can read a file. */
export function isWorldReadable(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) % 8 >= 4;
}

export const openKeyFile = (path: string): string => `${path} holds a key and can be read by every user of this machine: chmod 600 it`;

/** Reads one file of settings. A missing one sets nothing. */
export function readConfigFile(file: ConfigFile, problems: string[], warnings: string[]): Assignment[] {
  const text = textOf(file.path, problems);
  if (text === undefined || text.trim() === '') return [];
  const errors: ParseError[] = [];
  const content: unknown = parse(text, errors, { allowTrailingComma: true });
  const [broken] = errors;
  if (broken) {
    const before = text.slice(0, broken.offset).split('\n');
    const what = printParseErrorCode(broken.error)
      .replaceAll(/(?<!^)([A-Z])/g, ' $1')
      .toLowerCase();
    problems.push(`${file.path}:${before.length}:${(before.at(-1)?.length ?? 0) + 1} is not JSON with comments: ${what}`);
    return [];
  }
  const origin: Origin = { text: file.path, base: dirname(file.path), scope: file.scope };
  const assignments = assignmentsOf(content, origin, problems);
  if (assignments.some((each) => secretsIn(each).length > 0) && isWorldReadable(file.path)) warnings.push(openKeyFile(file.path));
  if (file.scope !== 'project') return assignments;
  const { allowed, warnings: ignored } = projectAllowed(assignments);
  warnings.push(...ignored);
  return allowed;
}

/** The variables of the process and of the start directory's `.env`, cleaned; the process's own count first. */
export function readVariables(
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
  problems: string[],
  warnings: string[],
): Map<string, Variable> {
  const path = join(cwd, '.env');
  const dotenv = parseEnv((textOf(path, problems) ?? '').replaceAll('\r\n', '\n'));
  const found = new Map<string, Variable>();
  for (const [name, raw] of Object.entries(env)) {
    const value = cleaned(raw);
    if (value !== undefined) found.set(name, { value, origin: { text: name, base: cwd, scope: 'environment' } });
  }
  let holdsKey = false;
  for (const [name, raw] of Object.entries(dotenv)) {
    const value = cleaned(raw);
    if (value === undefined) continue;
    holdsKey ||= /(_API_KEY|_TOKEN|_SECRET|_PASSWORD)$/.test(name);
    if (!found.has(name)) found.set(name, { value, origin: { text: `${name} in ${path}`, base: cwd, scope: 'dotenv' } });
  }
  if (holdsKey && isWorldReadable(path)) warnings.push(openKeyFile(path));
  return found;
}

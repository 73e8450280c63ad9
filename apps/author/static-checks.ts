import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Check, check } from './checks.js';
import { type Inspected, isFolder } from './inspect-plugin.js';

/** What can be said of a plugin while none of its code runs. */
export function staticChecks({ source, plugins, problems }: Inspected): Check[] {
  const always = [
    check('says what it is without being run', problems.length > 0 ? problems.join('; ') : undefined),
    check('says for which versions of Dispatch it is made', engines(plugins)),
  ];
  return isFolder(source)
    ? [...always, check('has a README.md that names it', readme(source, plugins)), check('has a test', test(source))]
    : always;
}

function engines(plugins: Inspected['plugins']): string | undefined {
  const without = plugins.filter(({ engine }) => engine === undefined).map(({ id }) => `"${id}"`);
  if (plugins.length > 0 && without.length === 0) return undefined;
  return `${without.join(', ') || 'it'} has no "engine": a newer Dispatch cannot tell whether it still fits`;
}

function readme(source: string, plugins: Inspected['plugins']): string | undefined {
  const file = join(source, 'README.md');
  if (!existsSync(file)) return 'there is none: say what it provides, needs and can be told, with an example';
  const text = readFileSync(file, 'utf8');
  const missing = plugins.filter(({ id }) => !text.includes(id)).map(({ id }) => `"${id}"`);
  return missing.length > 0 ? `${missing.join(', ')} is not named in it` : undefined;
}

function test(source: string): string | undefined {
  const found = readdirSync(source, { recursive: true, encoding: 'utf8' }).some(
    (name) => !name.includes('node_modules') && /\.test\.[cm]?[jt]s$/.test(name),
  );
  return found ? undefined : 'there is no file like index.test.ts: a test with dispatch/testing needs no server';
}

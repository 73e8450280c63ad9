import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse } from 'acorn';
import { foldersIn } from './plugin-place.js';

/** Where the first JavaScript file of a plugin is that is none, as `file:line`: an import that fails does not say it. */
export function syntaxSlip(source: string, entry: string): string | undefined {
  const others = foldersIn(source).flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  for (const file of [entry, ...others.filter((each) => /\.m?js$/.test(each))]) {
    try {
      parse(readFileSync(file, 'utf8'), { ecmaVersion: 'latest', sourceType: 'module' });
    } catch (thrown) {
      const { loc } = thrown as { loc?: { line: number } };
      if (loc) return `${relative(join(source, source === file ? '..' : '.'), file)}:${loc.line}`;
    }
  }
  return undefined;
}

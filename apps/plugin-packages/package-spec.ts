import { resolve } from 'node:path';
import { PackageError } from './package-error.js';

/** Names as npm takes them, with a version, a range or a tag behind. */
const name = /^(@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*(@[\w.^~*+-]+)?$/i;
const longest = 300;

/**
 * What npm is to be asked for: a name in its registry, or the absolute path of a folder or a tarball. It begins with
 * neither a dash nor a scheme, so that npm takes it for nothing else. Throws for everything else. Pure.
 */
export function specOf(asked: string, cwd: string): { kind: 'name' | 'path'; target: string } {
  const refuse = (why: string) =>
    new PackageError(`"${asked.slice(0, 80)}" ${why}: give the name of a package, a folder, or a tarball (.tgz)`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (asked === '' || asked.length > longest || /[\x00-\x1f\x7f]/.test(asked)) throw refuse('is no package');
  if (/^[a-z][a-z0-9+.-]*:/i.test(asked)) throw refuse('is an address or an alias, and those are not installed');
  if (/^(\.{0,2}\/|\.{1,2}$|~\/)|\.(tgz|tar\.gz)$/.test(asked)) {
    if (asked.startsWith('~')) throw refuse('was not filled in by your shell');
    return { kind: 'path', target: resolve(cwd, asked) };
  }
  if (!name.test(asked)) throw refuse('is no name of a package');
  return { kind: 'name', target: asked };
}

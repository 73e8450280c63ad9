import { readFile } from 'node:fs/promises';
import type { LoadHook, ResolveHook } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Module hooks, run by Node beside the server, that let a dropped plugin be written in TypeScript and import us. */

let doors: Readonly<Record<string, string>> = {};

/** @param data what each bare name of ours stands for: the running server's own copy */
export function initialize(data: { doors: Readonly<Record<string, string>> }): void {
  doors = data.doors;
}

export const resolve: ResolveHook = async (specifier, context, next) => {
  const door = Object.hasOwn(doors, specifier) ? doors[specifier] : undefined;
  if (door) return { url: door, format: 'module', shortCircuit: true };
  const typed = (thrown: unknown) => {
    if (!/^\.{1,2}\/.*\.js$/.test(specifier)) throw thrown;
    return next(specifier.replace(/\.js$/, '.ts'), context);
  };
  const found = await Promise.resolve(next(specifier, context)).catch(typed);
  // what a generation imports of its own files is of that generation
  const generation = /\?generation=\d+$/.exec(context.parentURL ?? '')?.[0];
  return generation && isOwn(specifier, found.url) ? { ...found, url: found.url + generation } : found;
};

const isOwn = (specifier: string, url: string): boolean => /^(\.{1,2}\/|\/|file:|#)/.test(specifier) && /^file:[^?#]*$/.test(url);

export const load: LoadHook = async (url, context, next) => {
  if (!url.startsWith('file:') || !/\.m?ts(\?|$)/.test(url)) return next(url, context);
  const { transform } = await import('esbuild');
  const file = fileURLToPath(url);
  const { code } = await transform(await readFile(file, 'utf8'), {
    loader: 'ts',
    format: 'esm',
    target: 'node20',
    sourcefile: file,
    sourcemap: 'inline',
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: true } },
  });
  return { format: 'module', source: code, shortCircuit: true };
};

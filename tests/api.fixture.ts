import { dirname, join, relative, resolve } from 'node:path';
import { diffLines } from 'diff';
import { type Plugin, rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import satisfies from 'semver/functions/satisfies.js';
import ts from 'typescript';
import { root } from './real-server.fixture.js';

/** What others import, by the last part of its name, and the file it is made from. */
export const doors = {
  wire: 'kernel/wire/index.ts',
  kernel: 'kernel/index.ts',
  testing: 'kernel/testing/index.ts',
  contracts: 'plugins/contracts.ts',
} as const;
export type Door = keyof typeof doors;

/** Which door a file of ours is reached by from another one; undefined: it is that door's own. */
function doorOf(file: string, from: Door): Door | undefined {
  const path = relative(root, file);
  const within: Door = path.startsWith('kernel/wire/')
    ? 'wire'
    : path.startsWith('kernel/testing/')
      ? 'testing'
      : path.startsWith('kernel/')
        ? 'kernel'
        : 'contracts';
  return within === from ? undefined : within;
}

/** What one door belongs to another one it imports by name: a type is declared in one place only. */
const byName = (from: Door): Plugin => ({
  name: 'by-name',
  resolveId(asked, importer) {
    if (!importer || !/^\.{1,2}\//.test(asked)) return importer ? { id: asked, external: true } : null;
    const door = doorOf(resolve(dirname(importer), asked), from);
    return door ? { id: `dispatch/${door}`, external: true } : null;
  },
});

/** All that a door promises, as one page of types. */
export async function apiOf(door: Door): Promise<string> {
  const bundle = await rollup({
    input: join(root, doors[door]),
    plugins: [byName(door), dts({ tsconfig: join(root, 'tsconfig.json'), compilerOptions: { paths: {} } })],
  });
  const { output } = await bundle.generate({ format: 'es' });
  await bundle.close();
  return output[0].code;
}

const head = /^\/\/ dispatch\/\w+, as it is since (\S+)\n[\s\S]*?\n\n/;

/** The page as it is kept. `version`: the one of Dispatch that it last changed with. */
export const kept = (door: Door, code: string, version: string): string => `// dispatch/${door}, as it is since ${version}
// Made by DISPATCH_API=write npm test -- tests/api; docs/decisions/011-what-is-promised.md says what may change when.
/// <reference types="node" />

${code}`;

/** The two parts of a page. */
export function read(page: string): { version: string; code: string } {
  const version = head.exec(page)?.[1] ?? '';
  return { version, code: page.replace(head, '') };
}

/** Types without what is only said about them. */
export function shapeOf(code: string): string {
  const file = ts.createSourceFile('api.d.ts', code, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS);
  return ts.createPrinter({ removeComments: true }).printFile(file);
}

/** What changed between two texts, a line each with `+` or `-`. */
export const changes = (before: string, after: string): string[] =>
  diffLines(before, after).flatMap(({ added, removed, value }) =>
    added || removed
      ? value
          .trimEnd()
          .split('\n')
          .map((line) => `${added ? '+' : '-'} ${line}`)
      : [],
  );

/**
 * What stands in the way of taking these types over into this version; undefined when nothing does. Lines that only came
 * want a newer version; where one went or became another, plugins for the old version must not be let in by `^`. Pure.
 */
export function versionProblem(before: { version: string; code: string }, code: string, version: string): string | undefined {
  const lines = changes(shapeOf(before.code), shapeOf(code));
  if (lines.length === 0) return undefined;
  const breaks = lines.some((line) => line.startsWith('-'));
  const isNewer = satisfies(version, `>${before.version}`);
  if (isNewer && (!breaks || !satisfies(version, `^${before.version}`))) return undefined;
  const wanted = breaks
    ? `lines went or changed, so raise the version in package.json so far that "^${before.version}" does not take it in`
    : 'lines were added, so raise the version in package.json, by its last number at least';
  return `the types are not those of ${before.version} any more: ${wanted} (it is ${version})`;
}

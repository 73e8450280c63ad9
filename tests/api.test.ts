import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import { apiOf, changes, type Door, doors, kept, read, versionProblem } from './api.fixture.js';
import { root } from './real-server.fixture.js';

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const fileOf = (door: Door): string => join(root, `docs/api/${door}.d.ts`);

describe.each(Object.keys(doors) as Door[])('dispatch/%s', (door) => {
  test('promises what docs/api says, and nothing else', async () => {
    const code = await apiOf(door);
    const before = existsSync(fileOf(door)) ? read(readFileSync(fileOf(door), 'utf8')) : undefined;
    const problem = before && versionProblem(before, code, version);
    const changed = before ? changes(before.code, code) : ['there is no page yet'];
    if (process.env.DISPATCH_API === 'write' && problem === undefined && changed.length > 0)
      writeFileSync(
        fileOf(door),
        kept(door, code, before && changes(before.code, code).length > 0 ? version : (before?.version ?? version)),
      );
    else if (changed.length > 0)
      throw new Error(
        [
          `what dispatch/${door} promises has changed:`,
          ...changed.map((line) => `  ${line}`),
          problem ?? 'only what is said about them has changed, or the version was raised already',
          'Then: DISPATCH_API=write npm test -- tests/api',
        ].join('\n'),
      );
  });
});

test('the pages make sense to a compiler that has nothing else', () => {
  const options = {
    ...{ module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, strict: true, noEmit: true, types: [] },
    paths: Object.fromEntries((Object.keys(doors) as Door[]).map((door) => [`dispatch/${door}`, [fileOf(door)]])),
  };
  const program = ts.createProgram((Object.keys(doors) as Door[]).map(fileOf), options);
  const pages = program.getSourceFiles().filter(({ fileName }) => fileName.includes('/docs/api/'));
  const ours = pages.flatMap((page) => [...program.getSyntacticDiagnostics(page), ...program.getSemanticDiagnostics(page)]);
  expect(pages).toHaveLength(4);
  expect(ours.map(({ messageText, file }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`)).toEqual([]);
});

describe('a change of the types', () => {
  const before = { version: '0.3.1', code: 'export interface A {\n    /** Said. */\n    a: string;\n}\n' };
  const more = 'export interface A {\n    a: string;\n    b?: string;\n}\n';
  const other = 'export interface A {\n    a: number;\n}\n';

  test.each([
    ['of words only needs no newer version', before.code.replace('Said.', 'Said better.'), '0.3.1', undefined],
    ['that adds something needs one', more, '0.3.1', /lines were added/],
    ['that adds something has one', more, '0.3.2', undefined],
    ['that takes something away needs one that plugins are not taken for', other, '0.3.2', /so far that "\^0\.3\.1" does not take it in/],
    ['that takes something away has one', other, '0.4.0', undefined],
    ['is no reason to go back', more, '0.3.0', /lines were added/],
  ])('%s', (_what, code, now, problem) => {
    if (problem) expect(versionProblem(before, code, now)).toMatch(problem);
    else expect(versionProblem(before, code, now)).toBeUndefined();
  });
});

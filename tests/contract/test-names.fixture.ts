import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root } from '../real-server.fixture.js';

const known = new Map<string, ReadonlySet<string>>();

/** A name without the numbers of the abuse cases that it stands for: `H05, H06: a page …`. */
export const plain = (name: string): string => name.replaceAll(/(^|› )(?:[A-Z]\d\d(?:, )?)+: /g, '$1');

/** Plain names of all tests of a file, with those of the groups they are in: `group › test`. Templates of `test.each` as they are written. */
export function testNames(file: string): ReadonlySet<string> {
  const before = known.get(file);
  if (before) return before;
  const names = new Set<string>();
  known.set(file, names);
  if (!existsSync(join(root, file))) return names;
  const collect = (node: ts.Node, groups: readonly string[]): void => {
    const found = ts.isCallExpression(node) ? namedCall(node) : undefined;
    if (!found) return ts.forEachChild(node, (child) => collect(child, groups));
    const path = [...groups, found.name];
    if (found.word !== 'describe') names.add(plain(path.join(' › ')));
    for (const argument of found.call.arguments) collect(argument, path);
  };
  collect(ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.ES2022, true), []);
  return names;
}

/** `test('name', …)`, `describe.each(…)('name', …)` and the like. */
function namedCall(call: ts.CallExpression): { word: string; name: string; call: ts.CallExpression } | undefined {
  let word: ts.Expression = call.expression;
  if (ts.isCallExpression(word)) word = word.expression; // what `each(…)` answers
  if (ts.isPropertyAccessExpression(word)) word = word.expression;
  const [name] = call.arguments;
  if (!ts.isIdentifier(word) || !['test', 'it', 'describe'].includes(word.text) || !name) return undefined;
  return ts.isStringLiteralLike(name) ? { word: word.text, name: name.text, call } : undefined;
}

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import ts from 'typescript';

const folder = dirname(fileURLToPath(import.meta.url));
const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll('\\', '/'));
/** What is shipped: the tests and what only they use left out. */
const sources = names
  .filter((name) => name.endsWith('.ts') && !/\.(test|types|fixture)\.ts$/.test(name))
  .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
const imports = (text: string) => ts.preProcessFile(text).importedFiles.map(({ fileName }) => fileName);
const code = (text: string) =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.trim().startsWith('//'));

test('the kernel has fewer than 1,500 lines of code, not counting what is published for tests', () => {
  const counted = sources.filter(({ name }) => !name.startsWith('testing/'));
  expect(counted.length).toBeGreaterThan(30);
  expect(counted.map(({ text }) => code(text).length).reduce((a, b) => a + b)).toBeLessThan(1_500);
});

test('no file of the kernel is longer than 200 lines, its door not longer than 40', () => {
  const long = sources.filter(({ name, text }) => text.split('\n').length - 1 > (name === 'index.ts' ? 40 : 200));
  expect(long.map(({ name }) => name)).toEqual([]);
});

test('the kernel imports itself, inversify and reflect-metadata, and nothing else', () => {
  const inside = (name: string, from: string) => /^\.{1,2}\/.*\.js$/.test(from) && !posix.join(posix.dirname(name), from).startsWith('..');
  const others = sources.flatMap(({ name, text }) =>
    imports(text)
      .filter((from) => !inside(name, from) && from !== 'inversify' && from !== 'reflect-metadata')
      .map((from) => `${name} imports ${from}`),
  );
  expect(others).toEqual([]);
});

test('only the fakes for tests use what is published for tests', () => {
  const users = sources.filter(
    ({ name, text }) => !name.startsWith('testing/') && imports(text).some((from) => from.includes('/testing/')),
  );
  expect(users.map(({ name }) => name)).toEqual([]);
});

test('the kernel has no clock, no chance, no process and no network of its own', () => {
  const own =
    /\b(Date\.now|new Date|performance\.|setTimeout|setInterval|setImmediate|Math\.random|randomUUID|process\.|console\.|fetch\()/;
  const users = sources.filter(({ name, text }) => !name.startsWith('testing/') && own.test(code(text).join('\n')));
  expect(users.map(({ name }) => name)).toEqual([]);
});

test('the wire holds only types and imports nothing outside itself', () => {
  const wire = sources.filter(({ name }) => name.startsWith('wire/'));
  expect(wire.length).toBeGreaterThan(3);
  for (const { name, text } of wire) {
    expect(imports(text).filter((from) => !/^\.\/[\w-]+\.js$/.test(from))).toEqual([]);
    const left = ts.transpileModule(text, {
      compilerOptions: { verbatimModuleSyntax: true, module: ts.ModuleKind.ESNext, removeComments: true },
    });
    expect([name, left.outputText.replace('export {};', '').trim()]).toEqual([name, '']);
  }
});

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { cleanUp, folder, lspWith, processesWith, programs, put, typescript, until } from './lsp.fixture.js';

afterEach(cleanUp);

const config = '{"compilerOptions":{"strict":true,"lib":["es2020"],"types":[]},"include":["**/*.ts"]}';
const project = (files: Record<string, string>) => folder({ 'tsconfig.json': config, ...files });
const mark = `TS_MARK_${process.pid}`;
const own = { typescript: { ...typescript, env: { [mark]: '1' } } };
/** Resident memory of all processes of the server, in MiB. */
const memory = () =>
  processesWith(mark)
    .map((pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024)
    .reduce((sum, each) => sum + each, 0);

test('errors appear after an edit, also those it makes in other files, and go after the fix', async () => {
  const lsp = await lspWith({ own });
  const cwd = project({ 'a.ts': 'export const a = 1;\n', 'b.ts': "import { a } from './a.js';\nexport const b: number = a;\n" });
  expect(await lsp.edit(cwd, 'a.ts', 'const s = "😀"; export const a: number = s;\n')).toBe(
    "\nErrors in a.ts as it is now (1):\n1:29 error [typescript 2322]: Type 'string' is not assignable to type 'number'.",
  );
  expect(await lsp.edit(cwd, 'a.ts', 'export const a = 2;\n')).toBe('');
  expect(await lsp.edit(cwd, 'a.ts', 'export const a = 3;\n')).toBe('');
  expect(await lsp.ask(cwd, 'diagnostics', 'b.ts')).toBe('b.ts: no problems');
  expect(await lsp.edit(cwd, 'a.ts', 'export const a = "x";\n')).toBe('\nOther open files with errors: b.ts (1)');
  expect(await lsp.ask(cwd, 'diagnostics', 'b.ts')).toBe(
    "b.ts: 1 error\n2:14 error [typescript 2322]: Type 'string' is not assignable to type 'number'.",
  );
  expect(await lsp.edit(cwd, 'new/c.ts', '').catch((error: Error) => error.message)).toContain('new');
  expect(await lsp.edit(cwd, 'c.ts', 'export const c: boolean = 1;\n')).toContain('Errors in c.ts as it is now (1)');
  expect(await lsp.status(cwd)).toContainEqual({
    ...{ id: 'typescript', name: 'TypeScript', root: cwd, state: 'connected', configSource: 'configuration' },
    extensions: ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs'],
  });
});

test('hover, definition, references and outline are answered, in characters and with paths of the working directory', async () => {
  const lsp = await lspWith({ own });
  const cwd = project({
    'src/a.ts': '/** Adds. */ export function add(x: number, y: number): number { return x + y; }\n',
    'src/b.ts': "import { add } from './a.js';\nconst e = '😀😀'; export const sum = add(1, 2);\nexport class K { m(): void {} }\n",
  });
  expect(await lsp.ask(cwd, 'hover', 'src/b.ts', 2, 36)).toBe(
    '```typescript\n(alias) add(x: number, y: number): number\nimport add\n```\nAdds.',
  );
  expect(await lsp.ask(cwd, 'definition', 'src/b.ts', 2, 36)).toBe(
    'src/a.ts:1:30  /** Adds. */ export function add(x: number, y: number): number { return x + y; }',
  );
  expect(await lsp.ask(cwd, 'references', 'src/a.ts', 1, 31)).toBe(
    [
      'src/a.ts:1:30  /** Adds. */ export function add(x: number, y: number): number { return x + y; }',
      "src/b.ts:1:10  import { add } from './a.js';",
      "src/b.ts:2:36  const e = '😀😀'; export const sum = add(1, 2);",
    ].join('\n'),
  );
  expect(await lsp.ask(cwd, 'documentSymbol', 'src/b.ts')).toBe('2:7 constant e\n2:30 constant sum\n3:14 class K\n  3:18 method m');
  expect(await lsp.ask(cwd, 'definition', 'src/a.ts', 1, 2)).toBe('no definition was found of what stands there');
});

test('what a command changes or removes is seen with the next question', async () => {
  const lsp = await lspWith({ own });
  const cwd = project({ 'a.ts': 'export const a = 1;\n', 'b.ts': "import { a } from './a.js';\nexport const b: number = a;\n" });
  await lsp.ask(cwd, 'diagnostics', 'a.ts');
  expect(await lsp.ask(cwd, 'diagnostics', 'b.ts')).toBe('b.ts: no problems');
  put(join(cwd, 'a.ts'), 'export const a = "x";\n');
  expect(await lsp.ask(cwd, 'diagnostics', 'b.ts')).toContain('2322');
  rmSync(join(cwd, 'a.ts'));
  expect(await lsp.ask(cwd, 'diagnostics', 'b.ts')).toContain('2307');
});

test('S11: a killed server comes back, and nothing is left when this one stops', async () => {
  const lsp = await lspWith({ own });
  const cwd = project({ 'a.ts': 'export const a: number = "";\n' });
  expect(await lsp.ask(cwd, 'diagnostics', 'a.ts')).toContain('2322');
  const before = processesWith(mark);
  expect(before.length).toBeGreaterThan(1);
  for (const pid of before) process.kill(pid, 'SIGKILL');
  await until(async () => (await lsp.status(cwd)).some(({ id, state }) => id === 'typescript' && state === 'error'));
  expect(await lsp.ask(cwd, 'diagnostics', 'a.ts')).toContain('2322');
  expect(processesWith(mark).filter((pid) => before.includes(pid))).toEqual([]);
  await lsp.stop();
  expect(processesWith(mark)).toEqual([]);
});

test('memory of 200 files that were looked at stays bounded, here and there', async () => {
  const lsp = await lspWith({ own });
  const cwd = folder({ 'tsconfig.json': config.replace('**/*.ts', 'none.ts'), 'none.ts': '' });
  const filler = `// ${'filler '.repeat(200)}\n`.repeat(20);
  const look = async (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      put(join(cwd, `f${i}.ts`), `export const f${i} = (x: number): number => x + ${i};\n${filler}`);
      expect(await lsp.ask(cwd, 'diagnostics', `f${i}.ts`)).toBe(`f${i}.ts: no problems`);
    }
  };
  await look(0, 50);
  const ours = process.memoryUsage().rss / 2 ** 20;
  await look(50, 200);
  expect(memory()).toBeLessThan(1_000);
  expect(process.memoryUsage().rss / 2 ** 20 - ours).toBeLessThan(50);
}, 180_000);

test('K06: of an untrusted project neither programs nor its own TypeScript are run, of a trusted one they are', async () => {
  const evil = (name: string) => `require('fs').writeFileSync(${JSON.stringify(join(made, name))}, '');process.exit(1)`;
  const made = folder();
  const cwd = project({
    'a.ts': 'export const a: number = "";\n',
    'node_modules/typescript/package.json': '{"name":"typescript","version":"6.0.0","main":"lib/typescript.js"}',
  });
  put(join(cwd, 'node_modules/typescript/lib/tsserver.js'), evil('tsserver'));
  put(join(cwd, 'node_modules/typescript/lib/typescript.js'), evil('typescript'));
  const path = process.env.PATH;
  process.env.PATH = `node_modules/.bin:${programs}:${path}`;
  try {
    const lsp = await lspWith({ requestMs: 5_000, diagnosticsMs: 5_000 });
    expect(await lsp.ask(cwd, 'diagnostics', 'a.ts')).toContain('2322');
    expect((await lsp.status(cwd)).find(({ id }) => id === 'typescript')).toEqual({
      ...{ id: 'typescript', name: 'TypeScript', root: cwd, state: 'connected' },
      extensions: expect.arrayContaining(['.ts']),
    });
    expect(existsSync(join(made, 'tsserver'))).toBe(false);
    put(join(cwd, '.dispatch/lsp.json'), '{"servers":{}}');
    await lsp.trustAll(cwd);
    await lsp.ask(cwd, 'diagnostics', 'a.ts');
    expect(existsSync(join(made, 'tsserver'))).toBe(true);
  } finally {
    process.env.PATH = path;
  }
});

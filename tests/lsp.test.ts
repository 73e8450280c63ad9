import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { LspAnswer } from 'dispatch/wire';
import { belowHome, survivors } from './process-scan.fixture.js';
import { folder, RealServer, root, type ServerOptions } from './real-server.fixture.js';
import { ScriptedProvider } from './scripted-provider.fixture.js';

let provider: ScriptedProvider;
beforeAll(async () => {
  provider = await ScriptedProvider.listen();
});
afterAll(() => provider.close());

const env = { PATH: `${join(root, 'node_modules/.bin')}:${dirname(process.execPath)}:/usr/bin:/bin` };
const start = (options: ServerOptions = {}) => RealServer.start({ providerUrl: provider.baseUrl, env, ...options });

let serial = 0;
/** Lets the model call these tools, one after another; answers what it is shown of them. */
async function results(server: RealServer, calls: { name: string; args: unknown }[]): Promise<unknown[]> {
  provider.inTurn(...calls.map((call) => ({ calls: [call] })), { text: ['done'] });
  await server.chat({ conversationId: `lsp-${++serial}`, message: 'go' });
  const last = provider.seen.at(-1)?.body.messages ?? [];
  return last.filter(({ role }) => role === 'tool').map(({ content }) => content);
}

const edit = (path: string, oldString: string, newString: string) => ({ name: 'edit_file', args: { path, oldString, newString } });
const ask = (operation: string, path: string, line?: number, character?: number) => ({
  name: 'lsp',
  args: { operation, path, ...(line && { line, character }) },
});

test('errors come with the edit that makes them and go with the one that mends them, in TypeScript and Python; nothing outlives the server', async () => {
  const cwd = folder('work');
  writeFileSync(join(cwd, 'tsconfig.json'), '{"compilerOptions":{"strict":true,"types":[]}}');
  writeFileSync(join(cwd, 'a.ts'), 'export const a: number = 1;\n');
  writeFileSync(join(cwd, 'b.ts'), "import { a } from './a.js';\nexport const b: number = a;\n");
  const server = await start({ cwd });
  const home = join(cwd, '.home');
  const states = async () =>
    (await server.get<LspAnswer>('/conversations/lsp-x/lsp')).servers
      .filter(({ id }) => ['typescript', 'python'].includes(id))
      .map(({ id, state, root }) => [id, state, root]);
  expect(await states()).toEqual([
    ['typescript', 'not-started', cwd],
    ['python', 'not-started', cwd],
  ]);
  expect(belowHome(home, server.process.pid)).toEqual([]);
  // The first start may take longer than an edit waits.
  await results(server, [ask('diagnostics', 'a.ts'), ask('hover', 'b.ts', 2, 14)]);
  expect(
    await results(server, [
      edit('a.ts', '= 1', '= "one"'),
      edit('a.ts', '= "one"', '= 2'),
      ask('diagnostics', 'a.ts'),
      ask('definition', 'b.ts', 2, 26),
      ask('references', 'a.ts', 1, 14),
      ask('documentSymbol', 'b.ts'),
      ask('hover', '../a.ts', 1, 1),
      ask('hover', 'a.ts'),
    ]),
  ).toEqual([
    expect.stringMatching(/Errors in a\.ts as it is now \(1\):\n1:14 error \[typescript 2322\]: Type 'string' is not assignable/),
    expect.not.stringContaining('Errors'),
    'a.ts: no problems',
    'a.ts:1:14  export const a: number = 2;',
    "a.ts:1:14  export const a: number = 2;\nb.ts:1:10  import { a } from './a.js';\nb.ts:2:26  export const b: number = a;",
    '2:14 constant b',
    expect.stringContaining('outside the working directory'),
    expect.stringContaining('needs "line" and "character"'),
  ]);
  const python = [
    { name: 'write_file', args: { path: 'm.py', content: 'x: int = 1\n' } },
    ask('diagnostics', 'm.py'),
    edit('m.py', '= 1', '= "one"'),
    edit('m.py', '= "one"', '= 3'),
  ];
  expect((await results(server, python)).slice(1)).toEqual([
    'm.py: no problems',
    expect.stringContaining('Errors in m.py as it is now (1):\n1:10 error [Pyright'),
    expect.not.stringContaining('Errors'),
  ]);
  expect((await states()).map(([, state]) => state)).toEqual(['connected', 'connected']);
  expect(belowHome(home, server.process.pid).length).toBeGreaterThanOrEqual(3);
  expect(await server.stop()).toBe(0);
  expect(await survivors(() => belowHome(home))).toEqual([]);
});

test('S11 R02: what a killed server leaves behind is ended by the next one', async () => {
  const odd = join(root, 'plugins/lsp/odd-server.fixture.mjs');
  const userConfig = { lsp: { servers: { odd: { command: [process.execPath, odd, 'stay'], extensions: ['.odd'] } } } };
  const cwd = folder('work');
  writeFileSync(join(cwd, 'a.odd'), 'error: here\n');
  const server = await start({ cwd, userConfig });
  const home = join(cwd, '.home');
  expect(await results(server, [ask('diagnostics', 'a.odd')])).toEqual(['a.odd: 1 error\n1:1 error [odd 7]: here']);
  await server.kill();
  expect(belowHome(home)).toHaveLength(2);
  const again = await start({ cwd, userConfig, dataDir: server.dataDir });
  expect(await survivors(() => belowHome(home, again.process.pid))).toEqual([]);
  expect(await results(again, [ask('diagnostics', 'a.odd')])).toEqual(['a.odd: 1 error\n1:1 error [odd 7]: here']);
  expect(await again.stop()).toBe(0);
  expect(await survivors(() => belowHome(home))).toEqual([]);
});

test('K06: what a repository asks for is not run before it is trusted, also not by an edit, and its own file sets no servers', async () => {
  const cwd = folder('work');
  const ran = join(cwd, 'ran');
  const servers = { evil: { command: ['sh', '-c', `touch ${ran}`], extensions: ['.x'] } };
  const server = await start({ cwd, config: { lsp: { servers } } });
  const calls = [{ name: 'write_file', args: { path: 'a.x', content: '1' } }, ask('diagnostics', 'a.x')];
  writeFileSync(join(cwd, 'opencode.json'), JSON.stringify({ lsp: servers }));
  expect((await results(server, calls))[1]).toMatch(/no language server for a\.x[\s\S]*it waits to be trusted/);
  expect((await server.get<LspAnswer>('/conversations/new/lsp')).servers.at(-1)).toEqual({
    ...{ id: 'evil', name: 'evil', root: cwd, extensions: ['.x'], state: 'not-started' },
    ...{ error: `it waits to be trusted: dispatch trust ${cwd}`, configSource: join(cwd, 'opencode.json') },
  });
  expect(() => writeFileSync(ran, '', { flag: 'wx' })).not.toThrow();
  expect(server.output).toContain('ignored lsp.servers.evil');
  await server.stop();
});

import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { cleanUp, folder, lspWith, oddServer, processesWith, put, until } from './lsp.fixture.js';

afterEach(cleanUp);

let serial = 0;
const newMark = () => `LSP_CANARY_${process.pid}_${++serial}`;
const asking = (servers: Record<string, unknown>) => ({ '.dispatch/lsp.json': JSON.stringify({ servers }), 'a.odd': 'error: here\n' });
const named = async (lsp: Awaited<ReturnType<typeof lspWith>>, cwd: string, id: string) =>
  (await lsp.status(cwd)).filter((each) => each.id === id);

test('K06: an untrusted .dispatch/lsp.json starts nothing, is shown as waiting, and says so once', async () => {
  const mark = newMark();
  const lsp = await lspWith();
  const cwd = folder(asking({ odd: oddServer('', { [mark]: '1' }) }));
  expect(await lsp.edit(cwd, 'a.odd', 'error: there\n')).toBe('');
  expect(await lsp.call(cwd, { operation: 'diagnostics', path: 'a.odd' })).toEqual({
    content: expect.stringMatching(
      new RegExp(
        `^no language server for a.odd: .*\nthe language server "odd" is not used: it waits to be trusted: dispatch trust ${cwd}$`,
      ),
    ),
    isError: true,
  });
  expect(processesWith(mark)).toEqual([]);
  expect(await named(lsp, cwd, 'odd')).toEqual([
    {
      ...{ id: 'odd', name: 'odd', root: cwd, extensions: ['.odd'], state: 'not-started' },
      ...{ error: `it waits to be trusted: dispatch trust ${cwd}`, configSource: join(cwd, '.dispatch/lsp.json') },
    },
  ]);
  expect(lsp.host.logger.records.filter((record) => record.includes('waits to be trusted'))).toHaveLength(1);
});

test.each(['.dispatch/lsp.json', 'opencode.json'])(
  'a trusted %s starts its servers; after a change it is inert again, the old server ended; so it is when trust is taken back',
  async (file) => {
    const mark = newMark();
    const lsp = await lspWith();
    const servers = { odd: oddServer('', { [mark]: '1' }) };
    const text = (known: unknown) => JSON.stringify(file === 'opencode.json' ? { model: 'x', lsp: known } : { servers: known });
    const cwd = folder({ [file]: text(servers), 'a.odd': 'error: here\n' });
    await lsp.trustAll(cwd);
    expect(await lsp.ask(cwd, 'diagnostics', 'a.odd')).toBe('a.odd: 1 error\n1:1 error [odd 7]: here');
    expect(processesWith(mark)).toHaveLength(1);
    expect(await named(lsp, cwd, 'odd')).toMatchObject([{ state: 'connected', configSource: join(cwd, file) }]);
    put(join(cwd, file), text({ ...servers, more: {} }));
    expect(await lsp.ask(cwd, 'diagnostics', 'a.odd')).toContain('no language server');
    await until(() => processesWith(mark).length === 0);
    await lsp.trustAll(cwd);
    await lsp.ask(cwd, 'diagnostics', 'a.odd');
    await lsp.trust.revoke(cwd);
    await until(() => processesWith(mark).length === 0);
  },
);

test('an opencode.json that names no servers is nobody’s business', async () => {
  const lsp = await lspWith();
  const cwd = folder({ 'opencode.json': '{ "model": "x" }' });
  await lsp.status(cwd);
  expect(lsp.host.logger.records.join()).not.toContain('opencode');
  expect((await lsp.trust.view(cwd)).files).toEqual([]);
});

test('K06: what waits takes nobody’s place, what is trusted does; .dispatch/lsp.json counts before opencode.json', async () => {
  const [mine, first, second] = [newMark(), newMark(), newMark()];
  const lsp = await lspWith({ own: { odd: oddServer('', { [mine]: '1' }), off: oddServer() } });
  const cwd = folder({
    ...asking({ odd: oddServer('', { [first]: '1' }), off: { disabled: true } }),
    'opencode.json': JSON.stringify({ lsp: { odd: oddServer('', { [second]: '1' }) } }),
  });
  await lsp.ask(cwd, 'diagnostics', 'a.odd');
  expect([mine, first, second].map((mark) => processesWith(mark).length)).toEqual([1, 0, 0]);
  expect(await named(lsp, cwd, 'off')).toMatchObject([{ state: 'connected' }, { state: 'not-started' }]);
  await lsp.trustAll(cwd);
  await lsp.ask(cwd, 'diagnostics', 'a.odd');
  await until(() => processesWith(mine).length === 0);
  expect([first, second].map((mark) => processesWith(mark).length)).toEqual([1, 0]);
  expect(await named(lsp, cwd, 'off')).toEqual([]);
});

test('a file that is broken, or not what it should be, is told, to the model too', async () => {
  const lsp = await lspWith({ own: { fine: oddServer() } });
  const cwd = folder({ 'a.odd': '' });
  const seen = async (text: string) => {
    put(join(cwd, '.dispatch/lsp.json'), text);
    await lsp.trustAll(cwd);
    const told = (await lsp.status(cwd)).filter(({ id }) => !['fine', 'rust'].includes(id));
    return told.map(({ id, state, error }) => `${id} ${state} ${error}`);
  };
  expect(await seen('{')).toEqual([
    expect.stringMatching(/^\.dispatch\/lsp\.json error .*it is no JSON: CloseBraceExpected at character 2/),
  ]);
  expect(await lsp.ask(cwd, 'diagnostics', 'a.odd')).toMatch(/^a.odd: no problems\n\[.*lsp\.json: it is no JSON/);
  expect(await seen('[]')).toEqual([expect.stringContaining('it must hold { "servers"')]);
  expect(
    await seen(
      JSON.stringify({
        servers: {
          a: 5,
          b: { command: 'x y' },
          c: { command: ['x'] },
          d: { extensions: ['.d'] },
          e: { command: ['no-such-program-x'], extensions: ['.e'] },
          f: { command: ['x'], extensions: ['.f'], rootMarkers: ['../up'] },
          g: { command: ['x'], extensions: ['.g'], env: { A: 1 } },
        },
      }),
    ),
  ).toEqual([
    'a error it must be an object with "command" and "extensions"',
    'b error "command" must be a list of texts: the program and its arguments',
    'c error "extensions" is missing: a list of texts such as ".ts"',
    'd error "command" is missing: a list of texts, the program and its arguments',
    'e error the command "no-such-program-x" was not found; no shell is used, so it must be one program, its arguments after it',
    'f error "rootMarkers" must be a list of names without "/"',
    'g error "env" must be an object of texts',
  ]);
});

test('programs of node_modules/.bin are run for a trusted project only, and shell characters reach them as they are', async () => {
  const mark = newMark();
  const lsp = await lspWith({ own: { odd: { command: ['odd-in-project', '; touch owned', '$(touch owned)'], extensions: ['.odd'] } } });
  const [node, script] = oddServer().command as [string, string];
  const cwd = folder({ 'a.odd': 'error: here\n' });
  mkdirSync(join(cwd, 'node_modules/.bin'), { recursive: true });
  const program = join(cwd, 'node_modules/.bin/odd-in-project');
  writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$@" > "${cwd}/args"\n${mark}=1 exec "${node}" "${script}"\n`);
  chmodSync(program, 0o755);
  expect(await lsp.ask(cwd, 'diagnostics', 'a.odd')).toContain('the command "odd-in-project" was not found');
  put(join(cwd, '.dispatch/lsp.json'), '{"servers":{}}');
  expect(await lsp.ask(cwd, 'diagnostics', 'a.odd')).toContain('was not found');
  await lsp.trustAll(cwd);
  expect(await lsp.ask(cwd, 'diagnostics', 'a.odd')).toContain('1 error');
  expect(readFileSync(join(cwd, 'args'), 'utf8')).toBe('; touch owned\n$(touch owned)\n');
  expect(processesWith(`${mark}=1`)).toHaveLength(1);
});

test('K06: a built-in server that runs code of the project waits until the project is trusted', async () => {
  const bin = folder({ 'rust-analyzer': '#!/bin/sh\ntouch "$0.ran"\nexit 1\n' });
  chmodSync(join(bin, 'rust-analyzer'), 0o755);
  const path = process.env.PATH;
  process.env.PATH = bin;
  try {
    const lsp = await lspWith();
    const cwd = folder({ 'Cargo.toml': '', 'a.rs': '' });
    expect(await lsp.status(cwd)).toMatchObject([
      { id: 'rust', state: 'not-started', error: expect.stringContaining('runs code of the project') },
    ]);
    expect(await lsp.ask(cwd, 'diagnostics', 'a.rs')).toContain('runs code of the project');
    expect(() => readFileSync(join(bin, 'rust-analyzer.ran'))).toThrow();
  } finally {
    process.env.PATH = path;
  }
});

test('what trust would bring about is told in full, and a secret of this server in no status or log', async () => {
  const lsp = await lspWith({ secrets: ['canary-secret'] });
  const cwd = folder({
    ...asking({
      a: { command: ['x y', '--z'], extensions: ['.a'], env: { K: 'v w' } },
      b: { disabled: true },
      c: 1,
      d: { extensions: ['.d'] },
    }),
  });
  expect((await lsp.trust.view(cwd)).files).toMatchObject([
    {
      kind: 'lsp',
      summary: [
        '"a" runs "x y" --z for .a',
        '"a" with K="v w"',
        '"b": disabled',
        '"c": not usable, it must be an object with "command" and "extensions"',
        '"d" runs the usual program for .d',
        'language servers, the built-in ones too, are looked for in node_modules/.bin first, and may run code of this directory',
      ],
    },
  ]);
  put(join(cwd, 'leak.sh'), '#!/bin/sh\necho canary-secret >&2\nexit 1\n');
  chmodSync(join(cwd, 'leak.sh'), 0o755);
  put(join(cwd, '.dispatch/lsp.json'), JSON.stringify({ servers: { leak: { command: ['./leak.sh'], extensions: ['.odd'] } } }));
  await lsp.trustAll(cwd);
  expect(await lsp.ask(cwd, 'diagnostics', 'a.odd')).toContain('it said: ***');
  expect(JSON.stringify([await lsp.status(cwd), lsp.host.logger.records])).not.toContain('canary-secret');
});

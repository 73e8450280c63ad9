import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { cleanUp, folder, lspWith, oddServer, processesWith, put, until } from './lsp.fixture.js';

afterEach(cleanUp);

const odd = async (changed: Parameters<typeof lspWith>[0] = {}, mode = '', env: Record<string, string> = {}) => {
  const cwd = folder({ 'a.odd': 'all is well\n', 'state.odd': 'hover state\n' });
  const lsp = await lspWith({ own: { odd: oddServer(mode, env) }, ...changed });
  const write = (text: string) => put(join(cwd, 'a.odd'), text);
  const state = async () => JSON.parse((await lsp.ask(cwd, 'hover', 'state.odd', 1, 1)) || '{}');
  return { lsp, cwd, write, state, ask: (operation: string, line?: number, at?: number) => lsp.ask(cwd, operation, 'a.odd', line, at) };
};

describe('what servers publish', () => {
  test.each(['', 'versions', 'pull'])(
    'is believed for the text as it is now, in mode %j; what makes no sense is left out',
    async (mode) => {
      const { lsp, cwd, ask } = await odd({}, mode);
      expect(await lsp.edit(cwd, 'a.odd', 'fine\n  error: wrong\n')).toBe('\nErrors in a.odd as it is now (1):\n2:3 error [odd 7]: wrong');
      expect(await lsp.edit(cwd, 'a.odd', 'fine\n')).toBe('');
      expect(await ask('diagnostics')).toBe('a.odd: no problems');
    },
  );

  test('errors of other open files are counted, and at most 20 of the file itself told', async () => {
    const { lsp, cwd } = await odd();
    put(join(cwd, 'b.odd'), 'error: in b\nerror: in b\n');
    await lsp.ask(cwd, 'diagnostics', 'b.odd');
    const said = await lsp.edit(cwd, 'a.odd', 'error: many\n'.repeat(50));
    expect(said.split('\n')).toHaveLength(1 + 1 + 20 + 1 + 1);
    expect(said).toContain('… and 30 more\nOther open files with errors: b.odd (2)');
  });

  test('an edit waits for a silent server no longer than it may, and says nothing', async () => {
    const { lsp, cwd, ask } = await odd({ afterEditMs: 300, diagnosticsMs: 300 }, 'silent');
    await ask('documentSymbol');
    const began = performance.now();
    expect(await lsp.edit(cwd, 'a.odd', 'error: unseen\n')).toBe('');
    expect(performance.now() - began).toBeGreaterThanOrEqual(290);
    expect(await ask('diagnostics')).toBe(
      'a.odd: nothing is known yet\n(the server has not answered for the text as it is now within 300 ms; ask again later)',
    );
  });
});

describe('servers that misbehave', () => {
  test('S11: a server that dies is an error of that call, and is started again on the next use', async () => {
    const { lsp, cwd, write, state } = await odd();
    const before = await state();
    write('do crash');
    expect(await lsp.call(cwd, { operation: 'hover', path: 'a.odd', line: 1, character: 1 })).toEqual({
      content: expect.stringMatching(/^the language server "odd" gave no answer: it was ended by SIGKILL; it said: odd server \d+ begins$/),
      isError: true,
    });
    expect(await lsp.status(cwd)).toContainEqual(expect.objectContaining({ id: 'odd', state: 'error' }));
    expect((await state()).pid).not.toBe(before.pid);
    expect(await lsp.status(cwd)).toContainEqual(expect.objectContaining({ id: 'odd', state: 'connected' }));
  });

  test.each([
    ['flood', /bytes that nobody asked for/],
    ['endless', /no message of the protocol: \\?"yyy/],
    ['huge', /a message of 99999999999 bytes; the most that is taken is 65536 \(lsp.messageLimit\)/],
  ])('one that does %s is ended, while everything else goes on', async (word, why) => {
    const { lsp, cwd, write } = await odd({ messageLimit: 65_536, requestMs: 5_000 });
    write(`do ${word}`);
    const asked = lsp.call(cwd, { operation: 'diagnostics', path: 'a.odd' });
    for (let turns = 0; turns < 20; turns++) await wait(5);
    await asked;
    await until(async () => (await lsp.status(cwd)).some(({ id, error }) => id === 'odd' && why.test(error ?? '')));
  });

  test('what makes no sense between two messages is let be', async () => {
    const { write, ask } = await odd();
    write('do junk\nerror: still there');
    expect(await ask('diagnostics')).toBe('a.odd: 1 error\n2:1 error [odd 7]: still there');
  });

  test('a question that is never answered ends by its limit; after three with nothing back the server is ended', async () => {
    const { lsp, cwd, write, ask } = await odd({ requestMs: 200 }, 'silent');
    await ask('documentSymbol');
    write('hover hang');
    for (let i = 0; i < 3; i++)
      expect(await ask('hover', 1, 1)).toContain(i < 2 ? 'did not answer textDocument/hover within' : 'it hangs: nothing came back');
    await until(async () => (await lsp.status(cwd)).some(({ id, error }) => id === 'odd' && error?.includes('hangs')));
  });

  test('an answer without a result, and one that is stopped, are no answers', async () => {
    const { lsp, cwd, write, ask } = await odd({ requestMs: 300 });
    write('hover no result');
    expect(await ask('hover', 1, 1)).toContain('neither a result nor an error');
    write('hover hang');
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    const stopped = await lsp.call(cwd, { operation: 'hover', path: 'a.odd', line: 1, character: 1 }, stop.signal);
    expect(stopped).toEqual({ content: 'the language server "odd" gave no answer: the call was stopped', isError: true });
  });

  test('one that does not begin is given up, says why, and is not waited for by edits', async () => {
    const { lsp, cwd, ask } = await odd({ startMs: 300 }, 'mute');
    expect(await ask('diagnostics')).toContain('it did not answer initialize within 300 ms');
    expect(await lsp.edit(cwd, 'a.odd', 'x')).toBe('');
    const other = await odd({}, 'exit');
    expect(await other.ask('diagnostics')).toContain('it ended by itself with exit code 3; it said: odd server');
    expect(await other.ask('diagnostics')).toContain('no licence found');
  });

  test('one that will not end is ended all the same, with what it has started', async () => {
    const mark = `ODD_MARK_${process.pid}`;
    const { lsp, ask } = await odd({}, 'stay', { [mark]: '1' });
    await ask('diagnostics');
    expect(processesWith(mark).length).toBe(2);
    await lsp.stop();
    expect(processesWith(mark)).toEqual([]);
  });

  test('one that nobody uses is ended, and too many make room', async () => {
    const mark = `ODD_MARK_${process.pid}`;
    const { ask, lsp, cwd } = await odd({ idleMs: 300 }, '', { [mark]: '1' });
    await ask('diagnostics');
    expect(processesWith(mark)).toHaveLength(1);
    await until(() => processesWith(mark).length === 0);
    expect(await lsp.status(cwd)).toContainEqual(expect.objectContaining({ id: 'odd', state: 'not-started' }));
    expect(await ask('diagnostics')).toBe('a.odd: no problems');
    const few = await lspWith({ own: { odd: { ...oddServer('', { [`${mark}_FEW`]: '1' }), rootMarkers: ['root'] } }, maxServers: 2 });
    const roots = folder(
      Object.fromEntries(
        ['a', 'b', 'c', 'd'].flatMap((name) => [
          [`${name}/root`, ''],
          [`${name}/x.odd`, ''],
        ]),
      ),
    );
    for (const name of ['a', 'b', 'c', 'd']) await few.ask(roots, 'diagnostics', `${name}/x.odd`);
    expect((await few.status(roots)).filter(({ state }) => state === 'connected').map(({ root }) => root)).toEqual([
      join(roots, 'c'),
      join(roots, 'd'),
    ]);
    expect(processesWith(`${mark}_FEW`)).toHaveLength(2);
  });
});

describe('what servers get and give', () => {
  test('a child gets no secret of this server, and its mark', async () => {
    process.env.CANARY_KEY = 'canary-value-1';
    process.env.DISPATCH_CANARY = 'canary-value-2';
    const { write, ask } = await odd({}, '', { MINE: 'yes' });
    write('hover env');
    const env = JSON.parse(await ask('hover', 1, 1)) as Record<string, string>;
    expect(env).toMatchObject({ MINE: 'yes', PATH: expect.any(String), DISPATCH_OWNER: expect.any(String) });
    expect(JSON.stringify(env)).not.toContain('canary');
  });

  test('questions of the server are answered, and none changes or shows anything', async () => {
    const { lsp, state, cwd } = await odd({
      own: { odd: { ...oddServer('asks'), settings: { odd: { depth: 3 } }, initialization: { x: 1 } } },
    });
    await lsp.ask(cwd, 'diagnostics', 'state.odd');
    const { answers, began } = await state();
    expect(began).toMatchObject({ initializationOptions: { x: 1 }, processId: process.pid, rootUri: `file://${cwd}` });
    expect(Object.fromEntries(answers)).toEqual({
      'ask-workspace/configuration': [3, null, { odd: { depth: 3 } }, null],
      'ask-client/registerCapability': null,
      'ask-client/unregisterCapability': null,
      'ask-window/workDoneProgress/create': null,
      'ask-window/showMessageRequest': null,
      'ask-window/showDocument': { success: false },
      'ask-workspace/workspaceFolders': [{ uri: `file://${cwd}`, name: cwd.split('/').at(-1) }],
      'ask-workspace/applyEdit': { applied: false, failureReason: expect.any(String) },
      'ask-odd/unknown': -32_601,
    });
  });

  test('positions are told in the units of the server', async () => {
    for (const [mode, character] of [
      ['', 4],
      ['bytes', 7],
    ] as const) {
      const { write, ask } = await odd({}, mode);
      write('\uFEFFä😀xx\n');
      expect(await ask('hover', 1, 4)).toContain(`{"line":0,"character":${character}}`);
      expect(await ask('hover', 1, 400)).toContain(`"character":${mode ? 8 : 5}`);
      expect(await ask('hover', 9, 1)).toBe('a.odd has 2 lines; there is no line 9');
      expect(await ask('hover')).toContain('needs "line" and "character"');
    }
  });

  test('places outside of the working directory are named and not read; answers are bounded and clean', async () => {
    const { write, ask } = await odd();
    write('one\n'.repeat(300));
    expect(await ask('definition', 1, 1)).toBe('/etc/passwd:1:1\nodd://x:1:4');
    const references = (await ask('references', 1, 1)).split('\n');
    expect(references).toHaveLength(201);
    expect(references.slice(0, 2)).toEqual(['a.odd:1:1  one', 'a.odd:1:2  one']);
    const symbols = await ask('documentSymbol');
    expect(symbols.length).toBeLessThan(20_100);
    expect(symbols).toContain('2:1 symbol flat');
    expect([symbols.includes('\u001b'), symbols.includes('\u0007')]).toEqual([false, false]);
    write('hover big');
    expect((await ask('hover', 1, 1)).length).toBeLessThan(20_010);
  });

  test('F01 F02 F10: only text files of the working directory are given to servers', async () => {
    const { lsp, cwd } = await odd();
    put(join(cwd, 'binary.odd'), 'a\0b');
    put(join(cwd, 'large.odd'), 'x'.repeat(5_000_000));
    const ask = (path: string) => lsp.call(cwd, { operation: 'diagnostics', path });
    for (const [path, why] of [
      ['../x.odd', 'outside the working directory'],
      ['/etc/passwd', 'outside the working directory'],
      ['none.odd', 'no such file'],
      ['.', 'is a folder'],
      ['binary.odd', 'is a binary file'],
      ['large.odd', 'has 5000000 bytes'],
    ] as const)
      expect(await ask(path)).toEqual({ content: expect.stringContaining(why), isError: true });
    put(join(cwd, 'plain.txt'), '');
    expect(await ask('plain.txt')).toEqual({ content: expect.stringMatching(/^no language server for plain.txt/), isError: true });
    expect((await lsp.status(cwd)).find(({ id }) => id === 'odd')?.state).toBe('not-started');
  });

  test('of 200 files that were looked at at most 50 are open at once', async () => {
    const { lsp, cwd, state } = await odd();
    for (let i = 0; i < 200; i++) {
      put(join(cwd, `f${i}.odd`), `error: ${i}\n`);
      expect(await lsp.ask(cwd, 'documentSymbol', `f${i}.odd`)).toContain('n499');
    }
    const { open, most } = await state();
    expect([open, most]).toEqual([50, 51]);
  });

  test('what a command changes or removes is seen with the next question', async () => {
    const { lsp, cwd, write, ask, state } = await odd();
    expect(await ask('diagnostics')).toBe('a.odd: no problems');
    write('error: from outside\n');
    expect(await ask('diagnostics')).toContain('from outside');
    put(join(cwd, 'b.odd'), '');
    await lsp.ask(cwd, 'diagnostics', 'b.odd');
    const { unlinkSync } = await import('node:fs');
    unlinkSync(join(cwd, 'b.odd'));
    expect((await state()).open).toBe(2);
    expect(readFileSync(join(cwd, 'a.odd'), 'utf8')).toContain('outside');
  });
});

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ToolAnswer } from 'dispatch/kernel';
import { testConfig, toolContract } from 'dispatch/testing';
import { findRipgrep, noRipgrep } from './find-ripgrep.js';
import { GlobTool } from './glob-tool.js';
import { GrepTool } from './grep-tool.js';
import { FoundLines, FoundNames } from './records.js';
import { runRipgrep } from './run-ripgrep.js';

const base = realpathSync(mkdtempSync(join(tmpdir(), 'tool-search-')));
const cwd = join(base, 'work');
const spill = join(base, 'spill');
const put = (name: string, content: string | Buffer, folder = cwd) => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
};
beforeAll(() => {
  put('.gitignore', 'ignored.txt\nbuilt/\n');
  put('a.txt', 'one\nneedle A\nthree\n');
  put('src/b.ts', 'x\ny\nneedle B\nz\nneedle b2\n');
  put('src/deep/c.ts', 'Needle C\n');
  put('.hidden/d.txt', 'needle D\n');
  put('ignored.txt', 'needle I\n');
  put('built/e.ts', 'needle E\n');
  put('.git/config', 'needle G\n');
  put('.env', 'needle SECRET\n');
  put('tls/server.key', 'needle SECRET\n');
  put('.data/log.txt', 'needle SECRET\n');
  put('bin.dat', Buffer.from('needle\0bin\n'));
  put('-rf', 'needle dash\n');
  put('new\nline.md', 'line\n');
  put('secret.txt', 'needle OUTSIDE\n', join(base, 'outside'));
  put('whole.txt', 'first\nneedle spilled\n', spill);
  symlinkSync(join(base, 'outside'), join(cwd, 'link'));
  symlinkSync(join(base, 'outside', 'secret.txt'), join(cwd, 'linked.txt'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const config = testConfig({ 'turn.resultLimit': 5000, dataDir: join(cwd, '.data'), 'tools.allowProtected': [] });
const grep = new GrepTool(config);
const glob = new GlobTool(config);
const context = (signal = new AbortController().signal) => ({
  ...{ conversationId: 'c', turnId: 't', toolCallId: 'k', cwd, readableRoots: [spill], signal, output: () => undefined },
});
const look = (input: Parameters<GrepTool['execute']>[0]) => grep.execute(input, context());
const find = (input: Parameters<GlobTool['execute']>[0]) => glob.execute(input, context());
const text = (answer: ToolAnswer) => (typeof answer === 'string' ? answer : answer.content);
const refused = (content: unknown) => ({ content, isError: true });

describe('grep', () => {
  test('answers lines under the name of their file, in the order of the names, without what is ignored, binary or secret', async () => {
    expect(await look({ pattern: 'needle' })).toBe(
      [
        ...['-rf', '1: needle dash', '', '.hidden/d.txt', '1: needle D', '', 'a.txt', '2: needle A', ''],
        ...['src/b.ts', '3: needle B', '5: needle b2'],
      ].join('\n'),
    );
  });

  test('shows context, with a mark where lines are left out', async () => {
    expect(await look({ pattern: 'needle', glob: 'src/**', context: 1 })).toBe('src/b.ts\n2- y\n3: needle B\n4- z\n5: needle b2');
    put('gap/gap.txt', 'm\na\nb\nc\nd\nm\n');
    expect(await look({ pattern: 'm', path: 'gap', context: 1 })).toBe('gap/gap.txt\n1: m\n2- a\n--\n5- d\n6: m');
  });

  test('takes a glob, and goes on to leave out what .gitignore names unless it is asked not to', async () => {
    expect(await look({ pattern: 'needle', glob: '*.ts', filesOnly: true, ignoreCase: true })).toBe('src/b.ts\nsrc/deep/c.ts');
    expect(await look({ pattern: 'needle', glob: '**', filesOnly: true })).toBe('-rf\n.hidden/d.txt\na.txt\nsrc/b.ts');
    expect(await look({ pattern: 'needle', glob: '!src/**', filesOnly: true })).toBe('-rf\n.hidden/d.txt\na.txt');
    expect(await look({ pattern: 'needle', glob: 'src/*.ts', filesOnly: true, ignoreCase: true })).toBe('src/b.ts');
    expect(text(await look({ pattern: 'needle', includeIgnored: true, filesOnly: true }))).toContain('built/e.ts\nignored.txt');
    expect(text(await look({ pattern: 'SECRET|OUTSIDE', includeIgnored: true }))).toBe('no matches for "SECRET|OUTSIDE"');
  });

  test('reads one file through its handle, also a spilled result and a name like an option', async () => {
    expect(await look({ pattern: 'needle', path: 'a.txt' })).toBe('a.txt\n2: needle A');
    expect(await look({ pattern: 'needle', path: '-rf' })).toBe('-rf\n1: needle dash');
    expect(await look({ pattern: 'needle', path: join(spill, 'whole.txt') })).toBe(`${join(spill, 'whole.txt')}\n2: needle spilled`);
    expect(await look({ pattern: 'needle', path: 'a.txt', filesOnly: true })).toBe('a.txt');
    expect(await look({ pattern: 'needle', path: 'bin.dat' })).toEqual(
      refused('bin.dat is a binary file, and it matches; its lines are not shown'),
    );
  });

  test('takes the pattern literally when asked to, and as one argument whatever it holds', async () => {
    put('lit.txt', 'f(x)\n--files\n$(touch pwned)\n');
    expect(await look({ pattern: 'f(x)', literal: true })).toBe('lit.txt\n1: f(x)');
    expect(await look({ pattern: '--files', path: 'lit.txt' })).toBe('lit.txt\n2: --files');
    expect(await look({ pattern: '$(touch pwned)', literal: true, path: 'lit.txt' })).toBe('lit.txt\n3: $(touch pwned)');
    expect(await find({ pattern: 'pwned' })).toBe('no files fit "pwned"');
    rmSync(join(cwd, 'lit.txt'));
  });

  test('says what is wrong with a pattern, a glob or a path', async () => {
    expect(await look({ pattern: 'f(' })).toEqual(refused(expect.stringMatching(/unclosed group[\s\S]*set literal to true/)));
    expect(await look({ pattern: 'a\0' })).toEqual(refused(expect.stringContaining('NUL')));
    await expect(look({ pattern: 'a', glob: '{a' })).rejects.toThrow('without its "}"');
    expect(await look({ pattern: 'a', path: 'none' })).toEqual(refused('no such file or folder: none'));
    for (const path of ['..', '/etc', 'link', 'linked.txt', '~/x', 'src/../../outside'])
      expect(await look({ pattern: 'needle', path })).toEqual(refused(expect.stringContaining('outside the working directory')));
    for (const path of ['.env', '.data', 'tls/server.key'])
      expect(await look({ pattern: 'needle', path })).toEqual(refused(expect.stringContaining('is not opened')));
  });

  test('stops at the limit and at what one answer holds, and says so', async () => {
    put('many/m.txt', 'needle\n'.repeat(100_000));
    expect(await look({ pattern: 'needle', path: 'many', limit: 2 })).toBe(
      'many/m.txt\n1: needle\n2: needle\n[more matches follow after these 2; narrow the search, or raise limit]',
    );
    const long = text(await look({ pattern: 'needle', path: 'many', limit: 5000 }));
    expect(long.length).toBeLessThan(5000);
    expect(long).toMatch(/\[more matches follow than one answer holds; narrow the search\]$/);
    put('many/wide.txt', `${'x'.repeat(3_000_000)}needle\n`);
    expect(text(await look({ pattern: 'needle', path: 'many/wide.txt' })).length).toBeLessThan(700);
    rmSync(join(cwd, 'many'), { recursive: true });
  });

  test('counts files, not lines, when only files are wanted', async () => {
    expect(await look({ pattern: 'needle', filesOnly: true, limit: 1 })).toBe(
      '-rf\n[more files follow after these 1; narrow the search, or raise limit]',
    );
  });
});

describe('glob', () => {
  test('finds files by name, newest first, without what is ignored or secret', async () => {
    utimesSync(join(cwd, 'src/b.ts'), 1_700_000_000, 1_700_000_000);
    utimesSync(join(cwd, 'src/deep/c.ts'), 1_700_000_100, 1_700_000_100);
    expect(await find({ pattern: '*.ts' })).toBe('src/deep/c.ts\nsrc/b.ts');
    expect(await find({ pattern: '**/*.ts', path: 'src/deep' })).toBe('src/deep/c.ts');
    expect(await find({ pattern: '*.{key,dat}' })).toBe('bin.dat');
    expect(await find({ pattern: '**/.env' })).toBe('no files fit "**/.env"');
    expect(await find({ pattern: 'link*' })).toBe('no files fit "link*"');
    expect(await find({ pattern: '*.md' })).toBe('"new\\nline.md"');
    expect(text(await find({ pattern: '**', includeIgnored: true }))).not.toMatch(/\.git\/|SECRET|\.data|\.env/);
    expect(await find({ pattern: '*.ts', limit: 1 })).toBe(
      'src/deep/c.ts\n[more files follow after these; narrow the pattern, or raise limit]',
    );
  });

  test('looks in folders of the working directory only', async () => {
    expect(await find({ pattern: '*', path: 'a.txt' })).toEqual(refused('a.txt is a file: name the folder to look in'));
    expect(await find({ pattern: '*', path: '/' })).toEqual(refused(expect.stringContaining('outside the working directory')));
    expect(await find({ pattern: '../outside/*' })).toBe('no files fit "../outside/*"');
  });
});

describe('ripgrep', () => {
  test('is the bundled one, else one on the PATH, else missing with a sentence', async () => {
    const none = () => Promise.reject(new Error('no program for this machine'));
    const own = await findRipgrep();
    expect(execFileSync(own as string, ['--version'], { encoding: 'utf8' })).toMatch(/^ripgrep /);
    put('rg', '#!/bin/sh\n', join(base, 'bin'));
    expect(await findRipgrep(join(base, 'bin'), none)).toBeUndefined();
    chmodSync(join(base, 'bin/rg'), 0o755);
    expect(await findRipgrep(`relative:${join(base, 'bin')}`, none)).toBe(join(base, 'bin/rg'));
    expect(await findRipgrep('', none)).toBeUndefined();
    expect(noRipgrep).toContain('install ripgrep');
  });

  test.each(['stopped', 'timeout'] as const)('that never ends is killed (%s)', async (why) => {
    put('sleeper', '#!/bin/sh\necho $$\nexec sleep 1000\n', base);
    chmodSync(join(base, 'sleeper'), 0o755);
    const stopping = new AbortController();
    let pid = 0;
    const end = await runRipgrep({
      ...{ program: join(base, 'sleeper'), args: [], cwd: base, signal: stopping.signal },
      timeoutMs: why === 'timeout' ? 300 : 60_000,
      take: (piece) => {
        pid = Number(piece);
        if (why === 'stopped') stopping.abort();
        return true;
      },
    });
    expect(end).toEqual({ why });
    expect(() => process.kill(pid, 0)).toThrow();
  });

  test('that was stopped before it began, or cannot be started, says so', async () => {
    const answer = await grep.execute({ pattern: 'needle' }, context(AbortSignal.abort()));
    expect(answer).toEqual(refused('the search was stopped'));
    const request = { args: [], cwd: base, timeoutMs: 1000, signal: new AbortController().signal, take: () => true };
    await expect(runRipgrep({ program: join(base, 'none'), ...request })).rejects.toThrow('ENOENT');
  });
});

test('what ripgrep prints is read the same however it is cut', () => {
  const printed = 'a\x001:x\nb: WARNING: stopped searching binary file after match (found "\\0" byte around offset 6)\nb\nc\x002-y:z\r\n';
  const whole = new FoundLines().take(printed);
  expect(whole).toEqual([
    { path: 'a', line: 1, matches: true, text: 'x' },
    { path: 'b\nc', line: 2, matches: false, text: 'y:z' },
  ]);
  const [lines, names] = [new FoundLines(), new FoundNames()];
  expect([...printed].flatMap((letter) => lines.take(letter))).toEqual(whole);
  expect([...'a\0b\nc\0'].flatMap((letter) => names.take(letter))).toEqual(['a', 'b\nc']);
});

test('a file that turns out to be binary on the way does not disturb what follows', async () => {
  put('turn/a.bin', Buffer.concat([Buffer.from(`needle\n${'x\n'.repeat(200_000)}`), Buffer.from('\0')]));
  put('turn/b.txt', 'needle\n');
  expect(await look({ pattern: 'needle', path: 'turn' })).toBe('turn/a.bin\n1: needle\n\nturn/b.txt\n1: needle');
});

test('both keep the contract of tools', async () => {
  for (const [tool, inputs] of [
    [grep, [{ pattern: 'needle' }, { pattern: '(' }]],
    [glob, [{ pattern: '*' }]],
  ] as const)
    expect(await toolContract(tool, { inputs, context: context() })).toEqual([]);
});

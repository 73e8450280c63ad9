import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { testConfig } from 'dispatch/testing';
import { textOf as text, workingFolder } from '../working-directory/working-directory.fixture.js';
import { ReadFileTool } from './read-file-tool.js';

const folder = workingFolder('read-file');
const { base } = folder;
afterAll(() => folder.remove());

const tool = (allow?: string[]) => new ReadFileTool(testConfig({ 'turn.resultLimit': 50_000 }), folder.files(allow));
const put = (name: string, content: string | Buffer) => writeFileSync(join(base, name), content);
const read = async (input: { path: string; offset?: number; limit?: number }, allow?: string[]) =>
  tool(allow).execute(input, folder.context());
const refused = (content: unknown) => ({ content, isError: true });

describe('lines', () => {
  test('come numbered, with the offset to go on with', async () => {
    put('ten', Array.from({ length: 10 }, (_, i) => `line ${i + 1}\n`).join(''));
    expect(await read({ path: 'ten', offset: 3, limit: 2 })).toBe('3: line 3\n4: line 4\n[more lines follow; go on with offset=5]');
    expect(await read({ path: 'ten', offset: 9 })).toBe('9: line 9\n10: line 10');
    expect(await read({ path: 'ten', offset: 9, limit: 2 })).toBe('9: line 9\n10: line 10');
    expect(await read({ path: 'ten', offset: 11 })).toEqual(refused('offset 11 is past the end: the file has 10 lines'));
  });

  test('of an empty file and of one without a last line end are told as they are', async () => {
    put('empty', '');
    put('open', 'a\n\nb');
    expect(await read({ path: 'empty' })).toBe('(empty file)');
    expect(await read({ path: 'open' })).toBe('1: a\n2: \n3: b');
  });

  test('stay under the limit of a result, and the rest can be gone on with', async () => {
    put('wide', `${'x'.repeat(999)}\n`.repeat(200));
    const first = text(await read({ path: 'wide', limit: 5000 }));
    expect(first.length).toBeLessThan(50_000);
    const next = Number(/offset=(\d+)\]$/.exec(first)?.[1]);
    expect(next).toBe(first.split('\n').length);
    expect(text(await read({ path: 'wide', offset: next, limit: 1 }))).toMatch(new RegExp(`^${next}: x`));
  });

  test('F04: note CRLF, a byte order mark, invalid UTF-8 and NUL bytes', async () => {
    put('crlf', 'a\r\nb\r\n');
    put('bom', '\ufeffa\n');
    put('latin', Buffer.from([0x61, 0xe9, 0x62, 0x0a]));
    put('late', Buffer.concat([Buffer.from('a\n'.repeat(100_000)), Buffer.from('x\0y\n')]));
    expect(await read({ path: 'crlf' })).toBe('1: a\n2: b\n[lines end in CRLF]');
    expect(await read({ path: 'bom' })).toBe('1: a\n[the file starts with a UTF-8 byte order mark]');
    expect(text(await read({ path: 'latin' }))).toMatch(/^1: a\ufffdb\n\[not valid UTF-8/);
    expect(text(await read({ path: 'late', offset: 100_001 }))).toMatch(/^100001: x␀y\n\[NUL bytes/);
  });

  test.each([
    ['utf-16le', [0xff, 0xfe]],
    ['utf-16be', [0xfe, 0xff]],
    ['utf-16le', []],
    ['utf-16be', []],
  ])('F04: in %s with mark %j are decoded and said so', async (kind, mark) => {
    const bytes = Buffer.from('häl\nlo €\n', 'utf16le');
    put('wide16', Buffer.concat([Buffer.from(mark), kind === 'utf-16le' ? bytes : bytes.swap16()]));
    expect(await read({ path: 'wide16' })).toBe(`1: häl\n2: lo €\n[the file is ${kind.toUpperCase()}, shown decoded]`);
  });
});

describe('F04: files that are too much', () => {
  test('one line of 50 MB is cut, and what follows is reached', async () => {
    put('long', Buffer.concat([Buffer.alloc(50_000_000, 'é'), Buffer.from('\nend\n')]));
    const before = process.memoryUsage.rss();
    const answer = text(await read({ path: 'long' }));
    expect(process.memoryUsage.rss() - before).toBeLessThan(40_000_000);
    expect(answer).toMatch(/^1: é{2000}…\n2: end\n\[line 1 is cut; it has 50,000,000 bytes\]/);
    expect(text(await read({ path: 'long', limit: 1 })).length).toBeGreaterThan(40_000);
  });

  test('2 GB of nothing are refused without being loaded', async () => {
    put('sparse', 'a little text\n');
    truncateSync(join(base, 'sparse'), 2 ** 31);
    const before = process.memoryUsage.rss();
    expect(text(await read({ path: 'sparse' }))).toContain('binary file (2,147,483,648 bytes');
    expect(process.memoryUsage.rss() - before).toBeLessThan(40_000_000);
  });

  test('a line behind more than can be searched is not waited for', async () => {
    put('vast', 'x'.repeat(200_000));
    truncateSync(join(base, 'vast'), 2 ** 31);
    expect(text(await read({ path: 'vast', offset: 2 }))).toMatch(/^line 2 was not reached: .* Use run_shell/);
  }, 60_000);

  test('a stopped turn ends the search', async () => {
    put('vast', 'x'.repeat(200_000));
    truncateSync(join(base, 'vast'), 2 ** 31);
    await expect(tool().execute({ path: 'vast', offset: 2 }, folder.context({ signal: AbortSignal.abort() }))).rejects.toThrow(/abort/);
  });

  test('binary files are refused', async () => {
    put('elf', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 9]));
    expect(await read({ path: 'elf' })).toEqual(refused(expect.stringContaining('elf is a binary file (11 bytes')));
  });
});

describe('folders', () => {
  test('list sorted names, folders with a slash, odd names quoted', async () => {
    mkdirSync(join(base, 'folder', 'sub'), { recursive: true });
    for (const name of ['b', 'a\nb', '-rf', '😀']) put(`folder/${name}`, '');
    expect(await read({ path: 'folder' })).toBe('"a\\nb"\n-rf\nb\nsub/\n😀');
    expect(await read({ path: 'folder', offset: 2, limit: 2 })).toBe('-rf\nb\n[2 more names; go on with offset=4]');
    expect(await read({ path: 'folder/sub' })).toBe('(empty folder)');
  });
});

describe('F08 F10: names', () => {
  test.each(['a\nb', '\u001b[31m', '😀', 'é'.repeat(127), '-rf', '$(id)', '*', "a'b"])('are literal: %j', async (name) => {
    put(name, 'there');
    expect(await read({ path: name })).toBe('1: there');
  });

  test('that hold secrets are refused until they are allowed', async () => {
    put('.env', 'KEY=1');
    expect(await read({ path: '.env' })).toEqual(refused(expect.stringContaining('often holds secrets')));
    expect(await read({ path: '.env' }, ['.env'])).toBe('1: KEY=1');
  });

  test('outside are refused with the sentence that says so', async () => {
    expect(await read({ path: '../x' })).toEqual(refused(expect.stringMatching(/^outside the working directory/)));
  });

  test('of the data directory are refused', async () => {
    mkdirSync(join(base, 'data'));
    put('data/token', 'T');
    expect(await read({ path: 'data/token' })).toEqual(refused(expect.stringContaining('may not look into')));
  });
});

describe('what is neither file nor folder', () => {
  test('is refused without waiting: a pipe, a socket', async () => {
    execFileSync('mkfifo', [join(base, 'pipe')]);
    const server = createServer().listen(join(base, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    for (const path of ['pipe', 'socket'])
      expect(await read({ path })).toEqual(refused(expect.stringContaining('neither a file nor a folder')));
    await new Promise((resolve) => server.close(resolve));
  });
});

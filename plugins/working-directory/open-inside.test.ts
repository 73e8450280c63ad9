import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openInside, PathRefused, type Places, throughHandle } from './contract.js';

const base = realpathSync(mkdtempSync(join(tmpdir(), 'open-inside-')));
const cwd = join(base, 'work');
const secret = 'SECRET';

beforeAll(() => {
  for (const folder of ['work/sub/deep', 'work-x', 'outside', 'spill']) mkdirSync(join(base, folder), { recursive: true });
  writeFileSync(join(cwd, 'a'), 'inside');
  writeFileSync(join(cwd, 'sub', 'a'), 'inside');
  for (const folder of ['', 'work-x', 'outside', 'spill']) writeFileSync(join(base, folder, 'a'), secret);
  symlinkSync('../outside', join(cwd, 'link-out'));
  symlinkSync(join(base, 'outside', 'a'), join(cwd, 'file-out'));
  symlinkSync('sub', join(cwd, 'link-in'));
  symlinkSync('../..', join(cwd, 'sub', 'up'));
  symlinkSync('loop', join(cwd, 'loop'));
  symlinkSync('../outside/none', join(cwd, 'dangling'));
  symlinkSync('/proc/self/root', join(cwd, 'magic'));
  symlinkSync(cwd, join(base, 'door'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** What stands in the file, or the code it was refused with. */
async function tried(asked: string, places: Places, by?: { descriptors?: string }): Promise<string> {
  try {
    const opened = await openInside(asked, places, by ?? undefined);
    try {
      return opened.kind === 'file' ? await opened.handle.readFile('utf8') : 'folder';
    } finally {
      await opened.handle.close();
    }
  } catch (error) {
    if (error instanceof PathRefused) return error.code;
    throw error;
  }
}

describe.each([
  ['by descriptor', undefined],
  ['without /proc', {}],
])('F01 F02: opening %s', (_name, by) => {
  test.each([
    ['a', 'inside'],
    ['./sub/../a', 'inside'],
    ['link-in/a', 'inside'],
    ['sub', 'folder'],
    ['.', 'folder'],
    [join(cwd, 'a'), 'inside'],
    ['../a', 'outside'],
    ['../work-x/a', 'outside'],
    ['/etc/passwd', 'outside'],
    ['~/a', 'outside'],
    ['link-out/a', 'outside'],
    ['file-out', 'outside'],
    ['sub/up/a', 'outside'],
    ['magic/etc/passwd', 'outside'],
    ['../none', 'outside'],
    ['link-out/none', 'outside'],
    ['loop', 'unreadable'],
    ['dangling', 'missing'],
    ['none', 'missing'],
    ['a/b', 'unreadable'],
    ['', 'invalid'],
    ['a\0b', 'invalid'],
    ['x'.repeat(300), 'unreadable'],
  ])('%j gives %s', async (asked, expected) => expect(await tried(asked, { cwd }, by)).toBe(expected));

  test('no mixture of names, links, dots and slashes ever leads out', async () => {
    const piece = fc.constantFrom(
      ...['..', '.', '', 'a', 'sub', 'up', 'deep', 'link-out', 'link-in', 'file-out', 'loop', 'magic', 'work'],
      ...['work-x', 'outside', '~', base.slice(1), cwd.slice(1), 'proc/self/cwd', 'tmp'],
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 7 }), fc.boolean(), async (pieces, absolute) => {
        expect(await tried((absolute ? '/' : '') + pieces.join('/'), { cwd }, by)).not.toBe(secret);
      }),
      { numRuns: 400 },
    );
  });
});

test('a readable root may be read, its neighbours not', async () => {
  const places = { cwd, readableRoots: [join(base, 'spill'), join(base, 'missing')] };
  expect(await tried(join(base, 'spill', 'a'), places)).toBe(secret);
  expect(await tried(join(base, 'outside', 'a'), places)).toBe('outside');
});

test('a closed folder stays shut, except for a readable root in it', async () => {
  const places = { cwd: base, closed: [join(base, 'work')], readableRoots: [join(cwd, 'sub')] };
  expect(await tried('work/a', places)).toBe('protected');
  expect(await tried('work/sub/a', places)).toBe('inside');
  expect(await tried('a', { cwd, closed: [base] })).toBe('inside');
});

test('a working directory may itself be a link, and must exist', async () => {
  expect(await tried('a', { cwd: join(base, 'door') })).toBe('inside');
  expect(await tried('../a', { cwd: join(base, 'door') })).toBe('outside');
  expect(await tried('a', { cwd: join(base, 'none') })).toBe('no-folder');
});

test('with the whole disk as working directory, /proc stays shut', async () => {
  expect(await tried('/proc/self/environ', { cwd: '/' })).toBe('protected');
});

test('a folder is reached through its handle also after it was moved', async () => {
  const opened = await openInside('sub', { cwd });
  expect(throughHandle(opened, 'x').endsWith('/x')).toBe(true);
  await opened.handle.close();
});

test('F02: links swapped while files are opened never lead out', async () => {
  const arena = join(base, 'arena');
  for (const folder of ['real', 'trap']) mkdirSync(join(base, 'arena', folder), { recursive: true });
  writeFileSync(join(arena, 'real', 'f'), 'inside');
  mkdirSync(join(base, 'evil'));
  writeFileSync(join(base, 'evil', 'f'), secret);
  // Swaps, as fast as it can, a folder for a link to the outside and a file for such a link.
  const script = `const fs = require('fs'); const [arena, evil] = process.argv.slice(1); process.chdir(arena);
    fs.mkdirSync('d0'); fs.writeFileSync('d0/f', 'inside'); fs.symlinkSync(evil, 'd1');
    fs.writeFileSync('f0', 'inside'); fs.symlinkSync(evil + '/f', 'f1'); process.stdout.write('go');
    for (;;) for (const [from, to] of [['d0','d'],['d','d0'],['d1','d'],['d','d1'],['f0','f'],['f','f0'],['f1','f'],['f','f1']]) fs.renameSync(from, to);`;
  const swapper = spawn(process.execPath, ['-e', script, arena, join(base, 'evil')], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(swapper.stdout, 'data');
    const seen: Record<string, number> = {};
    for (let i = 0; i < 3000; i++) {
      const got = await tried(i % 2 ? 'd/f' : 'f', { cwd: arena });
      seen[got] = (seen[got] ?? 0) + 1;
    }
    expect(seen[secret] ?? 0).toBe(0);
    // The race was a real one: both outcomes were met.
    expect(seen.inside).toBeGreaterThan(0);
    expect((seen.outside ?? 0) + (seen.unreadable ?? 0)).toBeGreaterThan(0);
  } finally {
    swapper.kill('SIGKILL');
    await once(swapper, 'exit');
  }
}, 60_000);

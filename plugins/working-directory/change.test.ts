import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Expected, type FoundFile, PathRefused, type WorkingFiles } from './contract.js';
import { openTarget } from './target.js';
import { workingFolder } from './working-directory.fixture.js';

const folder = workingFolder('change', 'work/data');
const cwd = join(folder.base, 'work');
const evil = join(folder.base, 'evil');
const put = (name: string, content: string) => writeFileSync(join(cwd, name), content);
const stands = (name: string) => readFileSync(join(cwd, name), 'utf8');
const drafts = (path = cwd) => readdirSync(path).filter((name) => name.startsWith('.dispatch-'));

beforeAll(() => {
  for (const path of ['work/sub', 'work/.git/hooks', 'work/data', 'evil', 'work-x'])
    mkdirSync(join(folder.base, path), { recursive: true });
  writeFileSync(join(evil, 'f'), 'old');
  symlinkSync(evil, join(cwd, 'link-out'));
  symlinkSync(join(evil, 'f'), join(cwd, 'file-out'));
  symlinkSync(join(evil, 'new'), join(cwd, 'dangling-out'));
  symlinkSync('nowhere', join(cwd, 'dangling'));
  symlinkSync('loop', join(cwd, 'loop'));
  symlinkSync('sub', join(cwd, 'link-in'));
  symlinkSync('/proc/self/cwd', join(cwd, 'magic'));
});
afterAll(() => folder.remove());

interface Options {
  files?: WorkingFiles;
  conversationId?: string;
  expected?: Expected;
  signal?: AbortSignal;
}
/** Writes, and answers `written` or the code of the refusal. */
async function write(asked: string, content: string | ((found: FoundFile) => Promise<string>), options: Options = {}): Promise<string> {
  const { files = folder.files(), expected = 'nothing', ...context } = options;
  const decide = typeof content === 'string' ? () => content : content;
  try {
    await files.change(asked, expected, folder.context({ cwd, ...context }), decide);
    return 'written';
  } catch (error) {
    if (error instanceof PathRefused) return error.code;
    throw error;
  }
}

describe('where is written', () => {
  test.each([
    ['../x', 'outside'],
    ['../work-x/x', 'outside'],
    ['/etc/dispatch-test', 'outside'],
    ['~/x', 'outside'],
    ['link-out/x', 'outside'],
    ['link-out/none/x', 'outside'],
    ['dangling-out', 'outside'],
    ['../none/x', 'outside'],
    ['magic/../../x', 'outside'],
    ['none/x', 'no-folder'],
    ['dangling', 'kind'],
    ['loop', 'unreadable'],
    ['f/x', 'unreadable'],
    ['', 'invalid'],
    ['a\0b', 'invalid'],
    ['x'.repeat(256), 'unreadable'],
    ['.', 'kind'],
    ['sub', 'kind'],
    ['.env', 'protected'],
    ['id_rsa', 'protected'],
    ['.dispatch/lsp.json', 'protected'],
    ['.git/hooks/pre-commit', 'protected'],
    ['.git/config', 'protected'],
    ['data/token', 'protected'],
  ])('F01 F02 F10: %j is refused as %s', async (asked, code) => {
    put('f', '');
    mkdirSync(join(cwd, '.dispatch'), { recursive: true });
    expect(await write(asked, 'text')).toBe(code);
  });

  test('F01: a file behind a link that leads out stays as it is', async () => {
    expect(await write('file-out', 'text', { expected: 'file' })).toBe('outside');
    expect(await write('link-out/f', 'text', { expected: 'file' })).toBe('outside');
    expect([readFileSync(join(evil, 'f'), 'utf8'), readdirSync(evil)]).toEqual(['old', ['f']]);
  });

  test('a link that stays inside is followed, and stays a link', async () => {
    put('sub/real', 'old');
    symlinkSync('sub/real', join(cwd, 'alias'));
    expect(await write('alias', 'new', { expected: 'file' })).toBe('written');
    expect(await write('link-in/other', 'new')).toBe('written');
    expect([stands('sub/real'), stands('sub/other'), lstatSync(join(cwd, 'alias')).isSymbolicLink()]).toEqual(['new', 'new', true]);
  });

  test('F10: what the setting lists is written', async () => {
    expect(await write('.env', 'A=1', { files: folder.files(['.env']) })).toBe('written');
    expect(stands('.env')).toBe('A=1');
  });

  test('no mixture of names, links, dots and slashes ever writes outside', async () => {
    const piece = fc.constantFrom(
      '..',
      '.',
      '',
      'f',
      'new',
      'sub',
      'link-out',
      'link-in',
      'file-out',
      'dangling-out',
      'evil',
      'magic',
      'work-x',
    );
    const before = () => [
      readdirSync(folder.base).sort(),
      readdirSync(evil),
      readFileSync(join(evil, 'f'), 'utf8'),
      readdirSync(join(folder.base, 'work-x')),
    ];
    const was = before();
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 6 }), fc.constantFrom<Expected>('file', 'nothing'), async (pieces, expected) => {
        await write(pieces.join('/'), 'text', { expected });
        expect(before()).toEqual(was);
      }),
      { numRuns: 300 },
    );
  });

  test.each(['a\nb', '\u001b[31m', '😀', 'é'.repeat(127), 'x'.repeat(255), '-rf', '$(id)', '*', 'a (deleted)'])(
    'F08: the name %j is literal',
    async (name) => {
      expect(await write(name, 'there')).toBe('written');
      expect(stands(name)).toBe('there');
    },
  );
});

describe('how is written', () => {
  test('F06: what exists is not replaced, and what is missing is not made, unless that is meant', async () => {
    put('there', 'old');
    expect(await write('there', 'new')).toBe('exists');
    expect(await write('absent', 'new', { expected: 'file' })).toBe('missing');
    expect([stands('there'), existsSync(join(cwd, 'absent'))]).toEqual(['old', false]);
  });

  test('F06: a file without any right to write is left alone', async () => {
    put('locked', 'old');
    chmodSync(join(cwd, 'locked'), 0o444);
    expect(await write('locked', 'new', { expected: 'file' })).toBe('unwritten');
    expect(stands('locked')).toBe('old');
  });

  test('mode and owner stay; other names of the old file keep the old content', async () => {
    put('script', 'old');
    chmodSync(join(cwd, 'script'), 0o751);
    if (process.getuid?.() === 0) chownSync(join(cwd, 'script'), 1234, 4321);
    linkSync(join(cwd, 'script'), join(folder.base, 'hard'));
    const { uid, gid } = statSync(join(cwd, 'script'));
    expect(await write('script', 'new', { expected: 'file' })).toBe('written');
    const now = statSync(join(cwd, 'script'));
    expect([now.mode & 0o7777, now.uid, now.gid]).toEqual([0o751, uid, gid]);
    expect(readFileSync(join(folder.base, 'hard'), 'utf8')).toBe('old');
  });

  test('a new file has the mode that others would give it', async () => {
    const umask = process.umask(0o027);
    await write('fresh', 'text');
    process.umask(umask);
    expect(statSync(join(cwd, 'fresh')).mode & 0o777).toBe(0o640);
  });

  test('F06: no draft stays behind, whatever goes wrong', async () => {
    put('kept', 'old');
    const broken = async () => {
      throw new Error('no idea');
    };
    await expect(write('kept', broken, { expected: 'file' })).rejects.toThrow('no idea');
    await expect(write('kept', 'new', { expected: 'file', signal: AbortSignal.abort() })).rejects.toThrow(/abort/);
    expect([stands('kept'), drafts()]).toEqual(['old', []]);
  });

  test('F04: a vast file is not loaded to be changed', async () => {
    const vast = 'x'.repeat(11 * 1024 * 1024);
    put('vast', vast);
    const read = async (found: FoundFile) => String(await found.read());
    expect(await write('vast', read, { expected: 'file' })).toBe('unfit');
  });
});

describe('who else writes', () => {
  const append = async (found: FoundFile) => `${await found.read()}+`;

  test('F05: a change since the conversation last wrote is a conflict, until the file is read again', async () => {
    const files = folder.files();
    await write('shared', 'one', { files });
    put('shared', 'two');
    expect(await write('shared', 'three', { files, expected: 'file' })).toBe('conflict');
    const opened = await files.open('shared', { cwd, readableRoots: [] });
    files.shown('c', opened, await opened.handle.readFile());
    await opened.handle.close();
    expect(await write('shared', append, { files, expected: 'file' })).toBe('written');
    expect(stands('shared')).toBe('two+');
  });

  test('F09: of two conversations that know a file, the second to change it gets a conflict', async () => {
    const files = folder.files();
    put('both', 'start');
    for (const conversationId of ['a', 'b']) {
      const opened = await files.open('both', { cwd, readableRoots: [] });
      files.shown(conversationId, opened);
      await opened.handle.close();
    }
    expect(await write('both', append, { files, expected: 'file', conversationId: 'a' })).toBe('written');
    expect(await write('both', append, { files, expected: 'file', conversationId: 'b' })).toBe('conflict');
    expect(stands('both')).toBe('start+');
  });

  test('F09: changes at the same time come one after another, none is lost', async () => {
    const files = folder.files();
    put('counted', '');
    const changes = Array.from({ length: 20 }, (_, i) => write('counted', append, { files, expected: 'file', conversationId: `c${i}` }));
    expect(new Set(await Promise.all(changes))).toEqual(new Set(['written']));
    expect(stands('counted')).toBe('+'.repeat(20));
  });

  test('a file that was only touched, or written anew as it was, is no conflict', async () => {
    const files = folder.files();
    await write('touched', 'same', { files });
    utimesSync(join(cwd, 'touched'), 1, 1);
    put('touched', 'same');
    expect(await write('touched', 'new', { files, expected: 'file' })).toBe('written');
  });

  test('F05: a change between reading and writing is noticed', async () => {
    put('raced', 'old');
    const late = async (found: FoundFile) => {
      const text = String(await found.read());
      put('raced', 'other');
      return `${text}+`;
    };
    expect(await write('raced', late, { expected: 'file' })).toBe('conflict');
    const replaced = async () => {
      put('other', 'fresh');
      renameSync(join(cwd, 'other'), join(cwd, 'raced'));
      return 'mine';
    };
    expect(await write('raced', replaced, { expected: 'file' })).toBe('conflict');
    const made = async () => {
      put('sudden', 'theirs');
      return 'mine';
    };
    expect(await write('sudden', made)).toBe('conflict');
    expect([stands('raced'), stands('sudden'), drafts()]).toEqual(['fresh', 'theirs', []]);
  });
});

test('without /proc a folder that was swapped after the check is noticed too', async () => {
  mkdirSync(join(cwd, 'moved'));
  const target = await openTarget('moved/x', { cwd }, {});
  expect(target.at()).toBe(join(cwd, 'moved', 'x'));
  await target.stillThere();
  renameSync(join(cwd, 'moved'), join(cwd, 'gone'));
  symlinkSync(evil, join(cwd, 'moved'));
  await expect(target.stillThere()).rejects.toThrow(/replaced by something else/);
  await target.close();
});

test('F02: folders and files swapped for links while they are written never lead out', async () => {
  const arena = join(cwd, 'arena');
  const trap = join(folder.base, 'trap');
  for (const path of [arena, trap]) mkdirSync(path);
  writeFileSync(join(trap, 'f'), 'untouched');
  const script = `const fs = require('fs'); const [arena, trap] = process.argv.slice(1); process.chdir(arena);
    fs.mkdirSync('d0'); fs.writeFileSync('d0/f', 'inside'); fs.symlinkSync(trap, 'd1');
    fs.writeFileSync('f0', 'inside'); fs.symlinkSync(trap + '/f', 'f1'); process.stdout.write('go');
    const swap = (from, to) => { try { fs.renameSync(from, to); } catch {} };
    for (;;) for (const [from, to] of [['d0','d'],['d','d0'],['d1','d'],['d','d1'],['f0','f'],['f','f0'],['f1','f'],['f','f1']]) swap(from, to);`;
  const swapper = spawn(process.execPath, ['-e', script, arena, trap], { stdio: ['ignore', 'pipe', 'inherit'] });
  const seen: Record<string, number> = {};
  try {
    await once(swapper.stdout, 'data');
    const files = folder.files();
    for (let i = 0; i < 3000; i++) {
      const [asked, expected] =
        i % 3 === 0 ? ['arena/f', 'file' as const] : i % 3 === 1 ? ['arena/d/f', 'file' as const] : [`arena/d/n${i}`, 'nothing' as const];
      const got = await write(asked, `escape ${i}`, { files, expected, conversationId: `c${i}` });
      seen[got] = (seen[got] ?? 0) + 1;
    }
  } finally {
    swapper.kill('SIGKILL');
    await once(swapper, 'exit');
  }
  expect([readdirSync(trap), readFileSync(join(trap, 'f'), 'utf8')]).toEqual([['f'], 'untouched']);
  // The race was a real one: both outcomes were met.
  expect(seen.written).toBeGreaterThan(0);
  expect((seen.outside ?? 0) + (seen.conflict ?? 0)).toBeGreaterThan(0);
  expect(drafts(arena)).toEqual([]);
}, 120_000);

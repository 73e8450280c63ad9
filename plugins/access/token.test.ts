import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { canActAsOthers, folder, goodToken, otherUid } from './access-server.fixture.js';
import { findToken, newToken } from './token.js';

const modeOf = (path: string) => statSync(path).mode & 0o777;
const place = () => ({ file: join(folder(), 'data', 'token'), mustExist: false });
const written = (text: string, mode = 0o600) => {
  const file = join(folder(), 'token');
  writeFileSync(file, text);
  chmodSync(file, mode);
  return { file, mustExist: false };
};

describe('the token', () => {
  test('is made with 256 bits, for this user alone, and found again', () => {
    const where = place();
    const old = process.umask(0);
    const token = findToken(where) as string;
    process.umask(old);
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect([modeOf(where.file), modeOf(join(where.file, '..'))]).toEqual([0o600, 0o700]);
    expect(findToken(where)).toBe(token);
    expect(readdirSync(join(where.file, '..'))).toEqual(['token']);
  });

  test('is another one each time it is made, and replaced whole', () => {
    const where = place();
    const all = [findToken(where), newToken(where.file), newToken(where.file)];
    expect(new Set(all).size).toBe(3);
    expect(readFileSync(where.file, 'utf8')).toBe(`${all[2]}\n`);
    expect(modeOf(where.file)).toBe(0o600);
  });

  test('is not made up where there has to be one', () => {
    const where = { ...place(), mustExist: true };
    expect(findToken(where)).toBeUndefined();
    expect(existsSync(where.file)).toBe(false);
  });

  test('that the environment gives counts before the file, which is left alone', () => {
    const where = place();
    expect(findToken({ ...where, given: goodToken })).toBe(goodToken);
    expect(existsSync(where.file)).toBe(false);
  });

  test.each(['', 'short', 'a'.repeat(21), 'twenty two characters!!', `${'a'.repeat(30)}\n${'b'.repeat(30)}`])(
    'that is weak is refused without being shown: %j',
    (weak) => {
      expect(() => findToken({ ...place(), given: weak })).toThrow(
        /^the token in DISPATCH_TOKEN is not strong enough: it must be at least 22/,
      );
      const where = written(weak);
      expect(() => findToken(where)).toThrow(`the token in ${where.file} is not strong enough`);
    },
  );
});

describe('a token file is refused', () => {
  test.each([0o644, 0o640, 0o604, 0o660, 0o602, 0o610])('with mode %i', (mode) => {
    const where = written(goodToken, mode);
    expect(() => findToken(where)).toThrow(`${where.file} may be read by other users (mode ${mode.toString(8)}): run chmod 600 on it`);
  });

  test('when it is a symbolic link, also one to a good token', () => {
    const { file } = written(goodToken);
    const link = join(folder(), 'token');
    symlinkSync(file, link);
    expect(() => findToken({ file: link, mustExist: false })).toThrow(`${link} is a symbolic link: put the file itself there`);
  });

  test('when it is a folder', () => {
    const file = join(folder(), 'token');
    mkdirSync(file, { mode: 0o700 });
    expect(() => findToken({ file, mustExist: false })).toThrow(`${file} is not a file`);
  });

  const asRoot = canActAsOthers ? test : test.skip; // only root can give files away
  asRoot('when it belongs to another user', () => {
    const where = written(goodToken);
    chownSync(where.file, otherUid, otherUid);
    expect(() => findToken(where)).toThrow(`${where.file} belongs to another user`);
  });

  test('when it is very large', () => {
    const where = written('x'.repeat(2 * 1024 * 1024));
    expect(() => findToken(where)).toThrow('is too large');
  });

  test('when it cannot be written, with what to do', () => {
    const { file } = written(goodToken);
    expect(() => findToken({ file: join(file, 'token'), mustExist: false })).toThrow(/cannot be (read|written) \(ENOTDIR\)/);
  });
});

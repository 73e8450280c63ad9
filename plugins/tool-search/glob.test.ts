import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { globTest, nameGlob } from './glob.js';

describe('globTest', () => {
  test.each([
    ['*.ts', 'a.ts', true],
    ['*.ts', 'deep/er/a.ts', true],
    ['*.ts', 'a.tsx', false],
    ['./*.ts', 'a.ts', true],
    ['/src/*.ts', 'src/a.ts', true],
    ['src/*.ts', 'src/x/a.ts', false],
    ['src/**/*.ts', 'src/a.ts', true],
    ['src/**/*.ts', 'src/x/y/a.ts', true],
    ['**/test/**', 'a/test/b/c', true],
    ['**/test/**', 'a/tests/b/c', false],
    ['src/', 'src/a/b', true],
    ['*.{ts,js{,x}}', 'x/a.jsx', true],
    ['*.{ts,js{,x}}', 'a.json', false],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['[a-c]x', 'bx', true],
    ['[!a-c]x', 'bx', false],
    ['[]x', '[]x', true],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['!*.ts', 'a.js', true],
    ['!*.ts', 'b/a.ts', false],
    ['*', '😀', true],
    ['?', '😀', true],
    ['a/**/b/**/c', 'a/x/b/y/b/c', true],
    ['*a*b*', 'xxaxxbxx', true],
  ])('%s for %s: %s', (pattern, path, fits) => expect(globTest(pattern)(path)).toBe(fits));

  test('says what is wrong with a pattern', () => {
    expect(() => globTest('{a,b')).toThrow('without its "}"');
    expect(() => globTest('/')).toThrow('names nothing');
    expect(() => globTest('{a,b,c,d,e,f}'.repeat(4))).toThrow('more than 200 alternatives');
  });

  test('of a row of stars takes no longer than its length times that of the path', () => {
    expect(globTest(`${'*a'.repeat(400)}b`)('a'.repeat(4000))).toBe(false);
    expect(globTest(`${'**/a/'.repeat(150)}b`)('a/'.repeat(1000))).toBe(false);
  });

  test('agrees with the plain meaning of its steps', () => {
    const step = fc.constantFrom('a', 'b', '*', '?', '/', '**/', '.');
    const letter = fc.constantFrom('a', 'b', '/', '.');
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), fc.array(letter, { maxLength: 8 }), (steps, letters) => {
        const pattern = steps.join('');
        const path = letters.join('');
        // Only patterns and paths in their plain form: no empty parts, no parts that mean something else.
        fc.pre(!/(^|\/)(\/|$)|(^|\/)\.+(\/|$)|\*\*[^/]|\*\*$|[^/]\*\*|^\//.test(pattern) && !/(^|\/)(\/|$)/.test(path));
        const body = pattern
          .split(/(\*\*\/|[*?.])/)
          .map((part) => ({ '**/': '(?:[^/]+/)*', '*': '[^/]*', '?': '[^/]', '.': '\\.' })[part] ?? part)
          .join('');
        const oracle = new RegExp(pattern.includes('/') ? `^${body}$` : `^(?:[^/]+/)*${body}$`);
        expect([pattern, path, globTest(pattern)(path)]).toEqual([pattern, path, oracle.test(path)]);
      }),
      { numRuns: 3000 },
    );
  });
});

test.each([
  ['*.ts', '*.ts'],
  ['src/**/*.{ts,tsx}', '*.{ts,tsx}'],
  ['src/**', undefined],
  ['!*.ts', undefined],
  ['{a/*.ts,b/*.js}', undefined],
  ['src/', undefined],
  ['[ab].ts', undefined],
])('what %s fits has to be named %s', (pattern, name) => expect(nameGlob(pattern)).toBe(name));

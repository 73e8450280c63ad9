import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PackageError } from './package-error.js';
import { specOf } from './package-spec.js';

describe('what is asked for', () => {
  test.each([
    ['dice', 'name', 'dice'],
    ['@acme/dice@^1.2.0', 'name', '@acme/dice@^1.2.0'],
    ['dice@latest', 'name', 'dice@latest'],
    ['./dice', 'path', '/w/dice'],
    ['..', 'path', '/'],
    ['/a/b', 'path', '/a/b'],
    ['dice-1.0.0.tgz', 'path', '/w/dice-1.0.0.tgz'],
    ['--registry=x.tgz', 'path', '/w/--registry=x.tgz'],
  ])('%s is a %s', (asked, kind, target) => {
    expect(specOf(asked, '/w')).toEqual({ kind, target });
  });

  test.each([
    '',
    '--global',
    '-g',
    'git+ssh://h/x',
    'https://h/x.tgz',
    'file:/etc',
    'npm:other',
    'a b',
    'user/repo',
    '~/x',
    'dice@$(id)',
    'a\nb',
  ])('%j is refused', (asked) => {
    expect(() => specOf(asked, '/w')).toThrow(/: give the name of a package, a folder, or a tarball/);
  });

  test('never becomes an option of npm, nor an address', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-@.:/~a-z]{1,12}$/)), (asked) => {
        try {
          expect(specOf(asked, '/w').target).toMatch(/^[@a-z0-9/](?!.*:\/\/)/i);
        } catch (thrown) {
          if (!(thrown instanceof PackageError)) throw thrown;
        }
      }),
    );
  });
});

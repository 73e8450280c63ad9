import { sep } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isInside, meansHome, misspelt, rootOf, targetOf } from './inside.js';
import { protectionOf } from './protected-paths.js';

describe('isInside', () => {
  test.each([
    ['/base', '/base', true],
    ['/base', '/base/a', true],
    ['/base', '/base/..a', true],
    ['/base', '/base-x', false],
    ['/base', '/wor', false],
    ['/base', '/', false],
    ['/base', '/base/../etc', false],
    ['/', '/etc/passwd', true],
  ])('says of %s and %s: %s', (root, path, inside) => expect(isInside(root, path)).toBe(inside));

  test('holds exactly for the root and what follows its separator, whatever the path', () => {
    const piece = fc.constantFrom('..', '.', '', 'a', 'work', 'work-x', '~', '...', 'a b', '\u202e');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.boolean(), (pieces, absolute) => {
        const target = targetOf('/srv/work', (absolute ? '/' : '') + pieces.join('/'));
        expect(isInside('/srv/work', target)).toBe(`${target}${sep}`.startsWith(`/srv/work${sep}`));
      }),
      { numRuns: 2000 },
    );
  });
});

test('the innermost root counts', () => {
  expect(rootOf(['/a', '/a/b'], '/a/b/c')).toBe('/a/b');
  expect(rootOf(['/a', '/b'], '/c')).toBeUndefined();
});

test('an empty path, a NUL and a home directory are told apart from names', () => {
  expect(misspelt('')).toContain('empty');
  expect(misspelt('a\0b')).toContain('NUL');
  expect(misspelt('-rf')).toBeUndefined();
  expect(['~', '~/x', '~root/x', 'x~', 'a/~', './~'].map(meansHome)).toEqual([true, true, true, false, false, false]);
});

describe('F10: protected names', () => {
  const both = [
    ...['.env', 'a/.env', '.ENV', '.env.production', 'deep/id_rsa', 'id_ed25519', '.dispatch/lsp.json', '.dispatch-data/token'],
    ...['x/.git/hooks/pre-commit', 'tls/server.key', '.ssh/config', 'home/.ssh/deep/known'],
  ];
  test.each(both)('%s is neither read nor written', (path) => {
    expect(protectionOf(path, 'read')).toBeDefined();
    expect(protectionOf(path, 'write')).toBeDefined();
  });

  test.each(['.git/config', '.git', 'a/.git/HEAD', '.git/hooks'])('%s is read, not written', (path) => {
    expect(protectionOf(path, 'read')).toBeUndefined();
    expect(protectionOf(path, 'write')).toBeDefined();
  });

  test.each(['.env.example', 'id_rsa.pub', 'src/env.ts', 'environment', '.', 'keys.ts', '.gitignore', '.github/x.yml'])(
    '%s is open',
    (path) => {
      expect(protectionOf(path, 'read')).toBeUndefined();
      expect(protectionOf(path, 'write')).toBeUndefined();
    },
  );

  test('a pattern on the list lifts the rule for what it means and nothing else', () => {
    expect(protectionOf('a/.env.test', 'read', ['.env.test'])).toBeUndefined();
    expect(protectionOf('a/.env', 'read', ['.env.test'])).toBe('.env');
    expect(protectionOf('certs/a.pem', 'write', ['certs/*.pem'])).toBeUndefined();
    expect(protectionOf('certs/x/a.pem', 'write', ['certs/*.pem'])).toBe('*.pem');
    expect(protectionOf('.git/config', 'write', ['.git/config'])).toBeUndefined();
  });
});

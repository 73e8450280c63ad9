import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkHost, configuredHost, isLoopback, type NamedHost, parseHost } from './host-check.js';
import { checkOrigin, type Origin, parseOrigin } from './origin-check.js';

const statusOf = (host: string[], url = '/', allowed: NamedHost[] = []) => {
  const result = checkHost({ rawHeaders: host.flatMap((value) => ['hOsT', value]), url }, allowed);
  return 'status' in result ? result.status : 200;
};

describe('Host', () => {
  test.each(['localhost', 'LOCALHOST:24203', 'localhost.:1', '127.0.0.1', '127.9.8.7:80', '[::1]:24203', '[::ffff:127.0.0.1]'])(
    '%s is this machine',
    (host) => expect(statusOf([host])).toBe(200),
  );

  test.each(['evil.test', 'localhost.evil.test', '127.0.0.1.evil.test', '128.0.0.1', '[::2]', '0.0.0.0', 'xlocalhost'])(
    '%s is refused with 403',
    (host) => expect(statusOf([host])).toBe(403),
  );

  test.each(['', ' ', 'a b', 'user@localhost', 'localhost/x', 'localhost:99999', 'localhost:x', '[::1', '::1', 'a,b'])(
    '"%s" is malformed',
    (host) => expect(statusOf([host])).toBe(400),
  );

  test('must be there, once', () => {
    expect(statusOf([])).toBe(400);
    expect(statusOf(['localhost', 'localhost'])).toBe(400);
  });

  test('may be a configured name, at any port unless one is configured', () => {
    const allowed = ['box.lan', 'proxy.example:8443', 'fe80::1', '0.0.0.0'].map(configuredHost).filter((each) => !!each);
    expect(statusOf(['BOX.lan:5'], '/', allowed)).toBe(200);
    expect(statusOf(['proxy.example:8443'], '/', allowed)).toBe(200);
    expect(statusOf(['proxy.example'], '/', allowed)).toBe(403);
    expect(statusOf(['[fe80::1]:24203'], '/', allowed)).toBe(200);
    expect(statusOf(['0.0.0.0'], '/', allowed)).toBe(403);
  });

  test('must agree with an absolute target', () => {
    expect(statusOf(['localhost'], 'http://localhost/x')).toBe(200);
    expect(statusOf(['localhost'], 'http://evil.test/x')).toBe(403);
    expect(statusOf(['localhost'], 'http://localhost:81/x')).toBe(403);
    expect(statusOf(['localhost'], 'http://localhost@evil.test/x')).toBe(400);
  });

  test('whatever it is, it is let in only as loopback or as configured', () => {
    const allowed = [configuredHost('box.lan') as NamedHost];
    const near = fc.constantFrom('localhost', '127.0.0.1', '[::1]', 'box.lan', '.', ':', '@', '/', '-', '80', 'evil');
    const text = fc.oneof(
      fc.string(),
      fc.array(near, { maxLength: 4 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (host) => {
        if (statusOf([host], '/', allowed) !== 200) return true;
        const name = parseHost(host)?.name ?? '';
        return isLoopback(name) || name === 'box.lan';
      }),
      { numRuns: 1000 },
    );
  });
});

describe('Origin', () => {
  const policy = { origins: [parseOrigin('https://ui.example') as Origin], devPorts: [24204, 25204] };
  const here = { host: { name: 'localhost', port: 24203 }, localPort: 24203 };
  const passes = (origin?: string, site?: string) => checkOrigin({ origin, site, ...here }, policy) === undefined;

  test.each([
    undefined,
    'http://localhost:24203',
    'http://127.0.0.1:24203',
    'http://[::1]:24203',
    'http://localhost:24204',
    'http://127.0.0.1:25204',
    'https://ui.example',
    'HTTPS://UI.EXAMPLE:443',
  ])('%s may ask', (origin) => expect(passes(origin)).toBe(true));

  test.each([
    'null',
    '',
    'https://evil.test',
    'http://ui.example',
    'https://ui.example:8443',
    'https://ui.example.evil.test',
    'https://sub.ui.example',
    'https://ui.example/path',
    'https://user@ui.example',
    'https://ui.example, https://evil.test',
    'https://localhost:24203',
    'http://localhost:24205',
    'http://localhost',
    'http://evil.test:24204',
    'file://',
  ])('"%s" may not', (origin) => expect(passes(origin)).toBe(false));

  test('a page of another site may ask only where its origin was invited', () => {
    expect(passes(undefined, 'cross-site')).toBe(false);
    expect(passes('http://localhost:24203', 'cross-site')).toBe(false);
    expect(passes('https://ui.example', 'cross-site')).toBe(true);
    expect(passes('http://127.0.0.1:24204', 'cross-site')).toBe(true);
    expect(passes(undefined, 'same-site')).toBe(true);
    expect(passes('http://localhost:24203', 'same-origin')).toBe(true);
  });

  test('what passes is equal in scheme, host and port to one that may', () => {
    const part = fc.constantFrom('http', 'https', '://', 'localhost', 'ui.example', ':', '24204', '24203', '.', 'evil', '@');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const text = parts.join('');
        if (!passes(text)) return true;
        const { protocol, hostname, port } = new URL(text);
        const same = `${protocol}//${hostname.replace(/\.$/, '')}:${port}`;
        return ['https://ui.example:', 'http://localhost:24203', 'http://localhost:24204'].includes(same);
      }),
      { numRuns: 3000 },
    );
  });
});

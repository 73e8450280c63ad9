import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AddressRefused, addressKind, guardedLookup, hostKind, refuseLocal, webAddress } from './contract.js';

const dotted = (n: number): string => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255].join('.');
const number = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
/** Everything that is not the public internet, as first and last address. */
const closed = [
  ['0.0.0.0', '0.255.255.255'],
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.127.255.255'],
  ['127.0.0.0', '127.255.255.255'],
  ['168.63.129.16', '168.63.129.16'],
  ['169.254.0.0', '169.254.255.255'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.0.0.0', '192.0.0.255'],
  ['192.0.2.0', '192.0.2.255'],
  ['192.88.99.0', '192.88.99.255'],
  ['192.168.0.0', '192.168.255.255'],
  ['198.18.0.0', '198.19.255.255'],
  ['198.51.100.0', '198.51.100.255'],
  ['203.0.113.0', '203.0.113.255'],
  ['224.0.0.0', '255.255.255.255'],
].map(([first = '', last = '']) => [number(first), number(last)] as const);
const isClosed = (n: number) => closed.some(([first, last]) => n >= first && n <= last);

/** The ways in which one and the same IPv4 address can be written in a URL. */
const spellings = (n: number): string[] => {
  const [a = 0, b = 0, c = 0, d = 0] = dotted(n).split('.').map(Number);
  const hex = n.toString(16).padStart(8, '0');
  return [
    ...[dotted(n), `${dotted(n)}.`, String(n), `0x${n.toString(16)}`, `0${n.toString(8)}`],
    ...[`${a}.${b}.${c * 256 + d}`, `${a}.${(b * 256 + c) * 256 + d}`, `0x${a.toString(16)}.${b}.0${c.toString(8)}.${d}`],
    ...[`[::ffff:${dotted(n)}]`, `[::ffff:${hex.slice(0, 4)}:${hex.slice(4)}]`, `[0:0:0:0:0:FFFF:${dotted(n)}]`, `[64:ff9b::${dotted(n)}]`],
    [...dotted(n)].map((letter) => (/\d/.test(letter) ? String.fromCodePoint(letter.charCodeAt(0) + 0xfee0) : '。')).join(''),
  ];
};
const anywhere = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.constantFrom(...closed.flatMap(([first, last]) => [first - 1, first, last, last + 1])).filter((n) => n >= 0 && n < 2 ** 32),
);

test('an IPv4 address is public exactly outside of the closed networks, however it is written', () => {
  fc.assert(
    fc.property(anywhere, (n) => {
      for (const host of spellings(n)) {
        const kind = hostKind(new URL(`http://${host}/`));
        expect([host, kind === 'public']).toEqual([host, !isClosed(n)]);
      }
    }),
    { numRuns: 2000 },
  );
});

test('an IPv6 address outside of 2000::/3 is never public', () => {
  const group = fc.integer({ min: 0, max: 0xffff });
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const [first = 0, second = 0] = groups;
      const kind = addressKind(groups.map((each) => each.toString(16)).join(':'));
      if (first < 0x2000 || first > 0x3fff)
        expect([groups, kind === 'public']).toEqual([groups, first === 0x64 && second === 0xff9b && kind === 'public']);
    }),
    { numRuns: 2000 },
  );
});

describe('addressKind', () => {
  test.each([
    ['127.0.0.1', 'loopback'],
    ['0.0.0.0', 'loopback'],
    ['::1', 'loopback'],
    ['::', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['192.168.1.1', 'private'],
    ['100.100.100.200', 'private'],
    ['fd00:ec2::254', 'private'],
    ['169.254.169.254', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['::127.0.0.1', 'reserved'],
    ['2002:7f00:1::', 'reserved'],
    ['2001:0:4136:e378::1', 'reserved'],
    ['ff02::1', 'reserved'],
    ['255.255.255.255', 'reserved'],
    ['no address', 'reserved'],
    ['8.8.8.8', 'public'],
    ['2606:4700:4700::1111', 'public'],
    ['64:ff9b::8.8.8.8', 'public'],
    ['64:ff9b::10.0.0.1', 'private'],
  ])('of %s is %s', (address, kind) => expect(addressKind(address)).toBe(kind));
});

describe('hostKind', () => {
  test.each([
    ['http://localhost', 'loopback'],
    ['http://LOCALHOST.:80', 'loopback'],
    ['http://a.localhost', 'loopback'],
    ['http://redis:6379', 'private'],
    ['http://box.local', 'private'],
    ['http://metadata.google.internal/', 'private'],
    ['http://[::1]:80', 'loopback'],
    ['http://127.1', 'loopback'],
    ['https://example.com', undefined],
    ['http://127.0.0.1.example.com', undefined],
  ])('of %s is %s', (url, kind) => expect(hostKind(new URL(url))).toBe(kind));
});

describe('webAddress', () => {
  test.each([
    ['nonsense', 'is no address'],
    ['', 'is no address'],
    ['file:///etc/passwd', 'begins with file:'],
    ['javascript:alert(1)', 'begins with javascript:'],
    ['https://user:pass@example.com', 'holds a user name or password'],
  ])('refuses %j', (text, words) => expect(() => webAddress(text)).toThrow(words));

  test('takes what browsers take', () => expect(webAddress(' https://example.com/a b ').href).toBe('https://example.com/a%20b'));
});

describe('refuseLocal', () => {
  const to = (...addresses: string[]) => ({ resolve: async () => addresses });
  const url = new URL('https://rebind.example.com/');

  test('judges every address of a name', async () => {
    await expect(refuseLocal(url, to('93.184.216.34', '2606:4700::1'))).resolves.toBeUndefined();
    await expect(refuseLocal(url, to('93.184.216.34', '10.0.0.1'))).rejects.toThrow(
      'rebind.example.com (10.0.0.1) is not asked for: it is an address of the local network',
    );
    await expect(refuseLocal(url, to('::ffff:169.254.169.254'))).rejects.toBeInstanceOf(AddressRefused);
  });

  test('allows the kinds it is told to, and no others', async () => {
    const loopback = { ...to('127.0.0.1'), allowed: ['loopback'] as const };
    await expect(refuseLocal(url, loopback)).resolves.toBeUndefined();
    await expect(refuseLocal(new URL('http://localhost:1/'), loopback)).resolves.toBeUndefined();
    await expect(refuseLocal(new URL('http://169.254.169.254/'), loopback)).rejects.toThrow('the local link');
  });

  test('refuses a name without an address, unless somebody else finds it', async () => {
    const lost = { resolve: () => Promise.reject(Object.assign(new Error('gone'), { code: 'ENOTFOUND' })) };
    await expect(refuseLocal(url, lost)).rejects.toThrow('has no address here (ENOTFOUND)');
    await expect(refuseLocal(url, { ...lost, unknown: 'pass' })).resolves.toBeUndefined();
  });

  test('asks the operating system, hosts file and all', async () => {
    await expect(refuseLocal(new URL('http://localhost./'))).rejects.toThrow('this machine');
  });
});

test('guardedLookup stops a connection to a name of this machine, and lets it through where that is allowed', async () => {
  const server = createServer((_, response) => response.end('reached')).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const get = (lookup: ReturnType<typeof guardedLookup>) =>
    new Promise<number | undefined>((resolve, reject) => {
      request({ host: 'localhost', port, lookup, family: 4, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
  await expect(get(guardedLookup())).rejects.toThrow('localhost (127.0.0.1) is not asked for');
  expect(await get(guardedLookup(['loopback']))).toBe(200);
  await new Promise((resolve) => server.close(resolve));
});

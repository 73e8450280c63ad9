import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addressBytes, bindsLoopback, countedAs } from './address.js';

const byte = fc.integer({ min: 0, max: 255 });
const four = fc.tuple(byte, byte, byte, byte);
const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });

describe('the bytes of an address', () => {
  test.each<[string, number[] | undefined]>([
    ['127.0.0.1', [127, 0, 0, 1]],
    ['::ffff:127.0.0.1', [127, 0, 0, 1]],
    ['::ffff:7f00:1', [127, 0, 0, 1]],
    ['::1', [...Array(15).fill(0), 1]],
    ['::', Array(16).fill(0)],
    ['fe80::1%eth0', [0xfe, 0x80, ...Array(13).fill(0), 1]],
    ['1.2.3', undefined],
    ['localhost', undefined],
    ['', undefined],
    [':::1', undefined],
  ])('of %s', (text, bytes) => expect(addressBytes(text)).toEqual(bytes));

  test('are the same however an address is spelt', () => {
    fc.assert(
      fc.property(groups, (parts) => {
        const long = parts.map((part) => part.toString(16)).join(':');
        const short = new URL(`http://[${long}]`).hostname.slice(1, -1);
        expect(addressBytes(short)).toEqual(addressBytes(long));
      }),
    );
  });

  test('of an IPv4 address are the same when it is mapped into IPv6', () => {
    fc.assert(fc.property(four, (bytes) => expect(addressBytes(`::ffff:${bytes.join('.')}`)).toEqual(bytes)));
  });

  test('never throw', () => {
    const piece = fc.constantFrom(':', '::', '.', 'ffff', '127', '0', '%', 'g', '[');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((all) => all.join('')),
        ),
        (text) => void addressBytes(text),
      ),
    );
  });
});

test.each(['127.0.0.1', '127.3.2.1', 'localhost', 'LOCALHOST', '::1', '[::1]', '::ffff:127.0.0.1'])(
  '%s is reached from here only',
  (host) => expect(bindsLoopback(host)).toBe(true),
);
test.each(['0.0.0.0', '::', '', '192.168.1.5', 'example.com', 'localhost.evil.test', '128.0.0.1', '[::2]'])(
  '%s is reached from elsewhere, for all we know',
  (host) => expect(bindsLoopback(host)).toBe(false),
);

describe('wrong tries are counted', () => {
  test.each([
    ['10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['127.0.0.1', 'loopback'],
    ['127.9.9.9', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['2001:db8:1:2:3:4:5:6', '20010db800010002/64'],
    ['2001:db8:1:2::', '20010db800010002/64'],
    ['2001:db8:1:3::', '20010db800010003/64'],
    [undefined, 'unknown'],
  ])('of %s under %s', (address, name) => expect(countedAs(address)).toBe(name));
});

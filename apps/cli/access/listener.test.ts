import { describe, expect, test } from '@jest/globals';
import { isLoopback, listeners, mayBeTold } from './listener.js';

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:5E8B 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 31337 1 0000000000000000 100 0 0 10 0
   1: 0100007F:5E8B 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1001        0 31338 1 0000000000000000 20 4 30 10 -1
   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 31339 1 0000000000000000 100 0 0 10 0
`;

describe('who listens', () => {
  test('is read from the table of the kernel, connections left out', () => {
    expect([24203, 22, 80].map((port) => listeners(table, port))).toEqual([[1000], [0], []]);
    expect(listeners('', 22)).toEqual([]);
  });

  test('gets the token of a user only when it is that user, or root, or cannot be told', () => {
    expect([[], [1000], [0], [1000, 0]].map((uids) => mayBeTold(uids, 1000))).toEqual([true, true, true, true]);
    expect([[1001], [1000, 1001], [65_534]].map((uids) => mayBeTold(uids, 1000))).toEqual([false, false, false]);
    expect(mayBeTold([1001], undefined)).toBe(true);
  });

  test.each([
    ['http://localhost:24203', true],
    ['http://127.0.0.1', true],
    ['https://[::1]:1', true],
    ['http://127.0.0.1.example.com', false],
    ['http://192.168.0.2:24203', false],
    ['https://example.com', false],
  ])('%s is this machine: %s', (address, expected) => expect(isLoopback(address)).toBe(expected));
});

import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type End, uidIn } from './peer-uid.js';

const head4 = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                    \n';
const head6 =
  '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const row = (from: string, to: string, { uid = 1000, inode = 31337, state = '01' } = {}) =>
  `   7: ${from} ${to} ${state} 00000000:00000000 00:00000000 00000000 ${String(uid).padStart(5)}        0 ${inode} 2 0000000060a829fc 20 0 0 10 -1\n`;

const far: End = { address: '127.0.0.1', port: 0x9b54 };
const near: End = { address: '127.0.0.1', port: 0x8003 };
const uid = (table: string, from = far, to = near) => uidIn(table, from, to, true);

describe('the user at the far end', () => {
  test('stands in the row of the far end, not in that of the near one', () => {
    const table = head4 + row('0100007F:8003', '0100007F:9B54', { uid: 1 }) + row('0100007F:9B54', '0100007F:8003', { uid: 2 });
    expect(uid(table)).toBe(2);
  });

  test('is found among IPv6 rows when it reached an IPv4 address through such a socket', () => {
    const table = head6 + row('0000000000000000FFFF00000100007F:9B54', '0000000000000000FFFF00000100007F:8003');
    expect(uid(table)).toBe(1000);
    expect(uid(table, { ...far, address: '::ffff:127.0.0.1' }, { ...near, address: '::ffff:127.0.0.1' })).toBe(1000);
  });

  test('of an IPv6 connection is found', () => {
    const table = head6 + row('00000000000000000000000001000000:9B54', '00000000000000000000000001000000:8003');
    expect(uid(table, { ...far, address: '::1' }, { ...near, address: '::1' })).toBe(1000);
    expect(uid(table)).toBeUndefined();
  });

  test('is not known without a row, and never taken from one that is almost right', () => {
    expect(uid('')).toBeUndefined();
    expect(uid(head4)).toBeUndefined();
    const almost = [
      '0100007F:9B55 0100007F:8003',
      '0100007F:9B54 0100007F:8004',
      '0200007F:9B54 0100007F:8003',
      '0100007F:9B54 00000000:0000',
    ];
    expect(uid(head4 + almost.map((ends) => row(...(ends.split(' ') as [string, string]))).join(''))).toBeUndefined();
    expect(uid(head4 + row('0100007F:9B54', '0100007F:8003').slice(0, 60))).toBeUndefined();
  });

  test('is not known once the far end is closed, when the kernel says 0 for whoever it was', () => {
    expect(uid(head4 + row('0100007F:9B54', '0100007F:8003', { uid: 0, inode: 0, state: '06' }))).toBeUndefined();
  });

  test('is not known when it is one that this container has no name for', () => {
    expect(uid(head4 + row('0100007F:9B54', '0100007F:8003', { uid: 65534 }))).toBeUndefined();
  });

  test('is found on machines of the other byte order', () => {
    const table = head4 + row('7F000001:9B54', '7F000001:8003');
    expect([uidIn(table, far, near, false), uidIn(table, far, near, true)]).toEqual([1000, undefined]);
  });

  test('is found wherever its row stands among others', () => {
    const end = fc.record({ address: fc.ipV4(), port: fc.integer({ min: 1, max: 65_535 }) });
    const hex = ({ address, port }: End) =>
      `${address
        .split('.')
        .reverse()
        .map((part) => Number(part).toString(16).padStart(2, '0'))
        .join('')}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
    const rows = fc.uniqueArray(fc.tuple(end, end, fc.integer({ min: 0, max: 60_000 })), {
      minLength: 1,
      maxLength: 20,
      selector: ([from, to]) => hex(from) + hex(to),
    });
    fc.assert(
      fc.property(rows, (all) => {
        const table = head4 + all.map(([from, to, owner]) => row(hex(from), hex(to), { uid: owner })).join('');
        for (const [from, to, owner] of all) expect(uidIn(table, from, to, true)).toBe(owner);
      }),
    );
  });

  test('never throws, whatever the table and the addresses are', () => {
    fc.assert(fc.property(fc.string(), fc.string(), fc.nat(70_000), (table, address, port) => void uid(table + head4, { address, port })));
  });
});

const onLinux = process.platform === 'linux' ? describe : describe.skip; // other kernels have no such list
onLinux('in the lists of this kernel', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '::1'],
    ['::', '127.0.0.1'],
    ['::', '::1'],
  ])('a connection to a server on %s from %s is ours', async (host, address) => {
    const accepted = new Promise<Socket>((resolve) => {
      const server = createServer(resolve).listen(0, host, () => {
        const client = connect((server.address() as AddressInfo).port, address);
        client.on('error', () => undefined);
        server.unref();
      });
    });
    const { remoteAddress, remotePort, localAddress, localPort } = await accepted;
    const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFileSync(path, 'latin1'));
    const [there, here] = [{ address: remoteAddress, port: remotePort } as End, { address: localAddress, port: localPort } as End];
    expect(tables.map((table) => uidIn(table, there, here)).filter((found) => found !== undefined)).toEqual([process.getuid?.()]);
    (await accepted).destroy();
  });
});

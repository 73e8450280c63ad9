import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { asOther, canActAsOthers, otherUid } from './access-server.fixture.js';
import { SameUser } from './same-user.js';

const onLinux = process.platform === 'linux' ? describe : describe.skip; // elsewhere no peer is known
let server: Server;
let accepted: Socket[];
let waiting: (() => void)[];
beforeEach(async () => {
  [accepted, waiting] = [[], []];
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    accepted.push(socket);
    for (const tell of waiting.splice(0)) tell();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  for (const socket of accepted) socket.destroy();
  server.close();
});

const port = () => (server.address() as AddressInfo).port;
const arrival = () => new Promise<void>((resolve) => waiting.push(resolve));
async function own(count: number): Promise<Socket[]> {
  for (let i = 0; i < count; i++) {
    const arrived = arrival();
    connect(port(), '127.0.0.1').on('error', () => undefined);
    await arrived;
  }
  return accepted.slice(-count);
}

onLinux('a connection', () => {
  test('of this user is known to be, and then at once', async () => {
    const [socket] = (await own(1)) as [Socket];
    const same = new SameUser(process.getuid?.());
    expect(await same.of(socket)).toBe(true);
    expect(same.of(socket)).toBe(true);
  });

  test('is looked up once, and one reading serves all that wait', async () => {
    let readings = 0;
    const read = (path: string) => {
      readings++;
      return readFile(path, 'latin1');
    };
    const same = new SameUser(process.getuid?.(), read);
    const sockets = await own(20);
    expect(await Promise.all(sockets.map((socket) => same.of(socket)))).toEqual(sockets.map(() => true));
    expect(readings).toBe(1);
    for (const socket of sockets) same.of(socket);
    expect(readings).toBe(1);
  });

  test('that comes while a list is read waits for the next reading, which has seen it', async () => {
    const [first] = (await own(1)) as [Socket];
    let [begun, release] = [() => {}, () => {}];
    const started = new Promise<void>((resolve) => (begun = resolve));
    const held = new Promise<void>((resolve) => (release = resolve));
    let readings = 0;
    const same = new SameUser(process.getuid?.(), async (path) => {
      const text = await readFile(path, 'latin1');
      if (++readings === 1) {
        begun();
        await held;
      }
      return text;
    });
    const earlier = same.of(first);
    await started;
    const [second] = (await own(1)) as [Socket];
    const later = same.of(second);
    release();
    expect([await earlier, await later, readings]).toEqual([true, true, 2]);
  });

  test('of somebody else, or of nobody knows whom, is not', async () => {
    const sockets = await own(3);
    expect(await new SameUser(4_711).of(sockets[0] as Socket)).toBe(false);
    expect(await new SameUser(undefined).of(sockets[1] as Socket)).toBe(false);
    expect(await new SameUser(process.getuid?.(), () => Promise.reject(new Error('no such file'))).of(sockets[2] as Socket)).toBe(false);
  });

  test('whose row the kernel left out of one reading is found in the next', async () => {
    const [socket] = (await own(1)) as [Socket];
    let readings = 0;
    const same = new SameUser(process.getuid?.(), (path) => (++readings <= 2 ? Promise.resolve('') : readFile(path, 'latin1')));
    expect(await same.of(socket)).toBe(true);
  });

  const asRoot = canActAsOthers ? test : test.skip; // only root can act as another user
  asRoot('of a process of another user is not ours, also when it hangs up before anybody looks', async () => {
    const arrived = arrival();
    const left = asOther(`
      const socket = require('node:net').connect(${port()}, '127.0.0.1');
      socket.on('data', () => { socket.destroy(); process.stdout.write('{}'); });`);
    await arrived;
    const [socket] = accepted as [Socket];
    expect(await new SameUser(process.getuid?.()).of(socket)).toBe(false);
    expect(await new SameUser(otherUid).of(socket)).toBe(true);
    socket.write('go');
    await left;
    // Of an end that is closed the kernel says that it is root's, which we are.
    expect(await new SameUser(process.getuid?.()).of(socket)).toBe(false);
  });
});

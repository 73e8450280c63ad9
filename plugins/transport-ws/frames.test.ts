import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { testClock } from 'dispatch/testing';
import * as z from 'zod';
import { socketMessage } from './contract.js';
import { raw, type SocketServer, startSockets, upgradeRequest } from './socket-server.fixture.js';

const echo = socketMessage({
  type: 'echo',
  schema: z.object({ size: z.string() }),
  handle: ({ size }, client) => client.send({ type: 'error', message: `${size.length} characters` }),
});

let server: SocketServer;
const clock = testClock();
beforeEach(async () => {
  server = await startSockets([{ messages: [echo] }], { clock });
});
afterEach(() => server.stop());

/** A frame as a client sends it, masked with zeros. */
function frame(
  opcode: number,
  payload: Buffer | string,
  { fin = true, masked = true, reserved = 0, length = Buffer.byteLength(payload) } = {},
): Buffer {
  const head = [(fin ? 0x80 : 0) | (reserved << 4) | opcode];
  const bit = masked ? 0x80 : 0;
  if (length < 126) head.push(bit | length);
  else if (length < 65_536) head.push(bit | 126, length >> 8, length & 255);
  else head.push(bit | 127, 0, 0, 0, 0, (length >>> 24) & 255, (length >>> 16) & 255, (length >>> 8) & 255, length & 255);
  return Buffer.concat([Buffer.from(head), Buffer.alloc(masked ? 4 : 0), Buffer.from(payload)]);
}

/** Opens a socket by hand, sends bytes, and answers the close code that comes back. */
async function closeCode(bytes: Buffer): Promise<number | undefined> {
  let seen = Buffer.alloc(0);
  const socket = await handMade();
  socket.write(bytes);
  for await (const data of socket) {
    seen = Buffer.concat([seen, data as Buffer]);
    const at = seen.indexOf(0x88);
    if (at >= 0 && seen.length >= at + 4) {
      socket.destroy();
      return seen.readUInt16BE(at + 2);
    }
  }
  return undefined;
}

/** A socket that is open and speaks in bytes. */
async function handMade(): Promise<Socket> {
  const socket = connect(server.ports.http, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(upgradeRequest());
  await once(socket, 'data');
  return socket;
}

describe('a socket that breaks the protocol is closed with the right code, and harms nobody', () => {
  const pieces = (count: number) =>
    Buffer.concat([
      frame(1, '{', { fin: false }),
      ...Array.from({ length: count - 2 }, () => frame(0, ' ', { fin: false })),
      frame(0, '}'),
    ]);
  test.each([
    ['a message larger than 16 MiB', () => frame(1, '', { length: 16 * 1024 * 1024 + 1 }), 1009],
    ['1 025 fragments', () => pieces(1025), 1008],
    ['20 000 fragments of one byte', () => pieces(20_000), 1008],
    ['an unmasked frame', () => frame(1, '{}', { masked: false }), 1002],
    ['a reserved bit', () => frame(1, '{}', { reserved: 4 }), 1002],
    ['an unknown opcode', () => frame(3, '{}'), 1002],
    ['text that is not UTF-8', () => frame(1, Buffer.from([0x22, 0xff, 0xfe, 0x22])), 1007],
    ['a flood of pings', () => Buffer.concat(Array.from({ length: 3_000 }, () => frame(9, 'x'))), 1008],
  ])('W04: %s', async (_what, bytes, code) => {
    const other = await server.open();
    expect(await closeCode(bytes())).toBe(code);
    await other.settle();
    expect(server.logger.records).toEqual([]);
  });

  test('W12: a connection that is reset in the middle of a frame', async () => {
    const broken = await handMade();
    broken.write(frame(1, '{"type":"echo"', { length: 5_000 }));
    broken.resetAndDestroy();
    await once(broken, 'close');
    const other = await server.open();
    await other.settle();
    expect(server.logger.records).toEqual([]);
  });
});

test('W04: 1 024 fragments, and a message of almost 16 MiB, are taken', async () => {
  const client = await server.open();
  const text = '{"type":"echo","size":"abc"}'.padEnd(1024, ' ');
  for (let i = 0; i < 1024; i++) client.ws.send(text.slice(i, i + 1), { fin: i === 1023 });
  await client.message('error', ({ message }) => message === '3 characters');
  client.send({ type: 'echo', size: 'x'.repeat(16 * 1024 * 1024 - 100) });
  await client.message('error', ({ message }) => message === `${16 * 1024 * 1024 - 100} characters`);
});

test('W04: of many pings in a second only the first few are answered', async () => {
  let pongs = 0;
  const client = await server.open();
  client.ws.on('pong', () => pongs++);
  for (let i = 0; i < 500; i++) client.ws.ping();
  await client.settle();
  expect(pongs).toBe(20);
});

test('messages that cannot be read are answered with an error, and the socket stays open', async () => {
  const client = await server.open();
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const many = `[${'1,'.repeat(60_000)}1]`;
  for (const text of [
    'no json',
    '',
    'null',
    '[]',
    '7',
    '{}',
    '{"type":7}',
    deep,
    many,
    '{"type":"nonsense"}',
    '{"type":"__proto__"}',
    '{"type":"echo"}',
  ])
    client.send(text);
  client.ws.send(Buffer.from('{"type":"echo","size":"a"}'), { binary: true });
  client.send({ type: 'echo', size: 'still there' });
  await client.message('error', ({ message }) => message === '11 characters');
  expect(client.got.map((each) => (each.type === 'error' ? each.message : each.type)).slice(0, -1)).toEqual([
    ...Array.from({ length: 2 }, () => 'the message is not JSON: send one JSON object a text frame'),
    ...Array.from({ length: 3 }, () => 'the message is not a JSON object: send { "type": … }'),
    ...Array.from({ length: 2 }, () => 'the message has no "type": say what it is'),
    'the message is nested deeper than 64 levels: flatten it',
    'the message has more than 50000 values: send less',
    'unknown message type "nonsense"; known are: echo',
    'unknown message type "__proto__"; known are: echo',
    expect.stringMatching(/^echo\.size: /),
    'binary frames are not understood: send JSON in text frames',
  ]);
});

test('W08: a peer that says nothing any more is gone within a minute, one that answers pings stays', async () => {
  const answering = await server.open();
  const silent = await server.open();
  let pinged = 0;
  answering.ws.on('ping', () => pinged++);
  silent.ws.pause();
  const before = pinged;
  for (let passed = 0; passed < 60_000; passed += 5_000) {
    await clock.advance(5_000);
    await answering.settle();
  }
  silent.ws.resume();
  expect((await silent.closed).code).toBe(1006);
  expect(pinged - before).toBeGreaterThanOrEqual(1);
  await answering.settle();
});

test('W03, W12: half an upgrade and bytes that are no HTTP harm nobody', async () => {
  expect(await raw(server.ports.own, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  const half = connect(server.ports.own, '127.0.0.1');
  half.write('GET / HTTP/1.1\r\nHost: local');
  half.resetAndDestroy();
  const client = await server.open();
  await client.settle();
});

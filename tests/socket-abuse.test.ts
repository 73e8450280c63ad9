import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ServerMessage } from 'dispatch/wire';
import { outline, RealServer } from './real-server.fixture.js';
import { RealSocket, textIn } from './real-socket.fixture.js';
import { ScriptedProvider } from './scripted-provider.fixture.js';

let provider: ScriptedProvider;
let server: RealServer;
beforeAll(async () => {
  provider = await ScriptedProvider.listen();
  server = await RealServer.start({ providerUrl: provider.baseUrl });
});
afterAll(async () => {
  await server.stop();
  await provider.close();
});

const words = (count: number) => Array.from({ length: count }, (_, i) => `w${i} `);
const errorsIn = ({ got }: RealSocket) =>
  got.filter((message): message is Extract<ServerMessage, { type: 'error' }> => message.type === 'error');
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A connection that speaks in bytes: the upgrade is done, frames are up to the test. */
function byHand(then: (socket: Socket) => void): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.once('data', () => then(socket));
    const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
    socket.write(`GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n\r\n`);
  });
}

/** Milliseconds of CPU that the server has used. */
function cpu(): number {
  const stat = readFileSync(`/proc/${server.process.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

test('W03: thousands of headers, a malformed key, an old version and a wrong path are refused, and the server lives', async () => {
  const ask = (headers: string, path = '/ws') =>
    new Promise<number>((resolve) => {
      let answer = '';
      const socket = connect(server.port, '127.0.0.1', () =>
        socket.write(
          `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n`,
        ),
      );
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        answer += data;
      });
      socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])));
    });
  const good = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
  expect(await ask(`${good}${Array.from({ length: 3_000 }, (_, i) => `x-${i}: v\r\n`).join('')}`)).toBe(431);
  expect(await ask(good.replace('dGhlIHNhbXBsZSBub25jZQ==', 'short'))).toBe(400);
  expect(await ask(good.replace('13', '7'))).toBe(426);
  expect(await ask(good, '/chat')).toBe(404);
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
});

test('W06: ten thousand subscriptions of one socket are capped with an error each, and nobody else is harmed', async () => {
  const [greedy, other] = [await RealSocket.open(server.url), await RealSocket.open(server.url)];
  for (let i = 0; i < 10_000; i++) greedy.send({ type: 'chat.subscribe', conversationId: `c${i}` });
  for (let i = 0; i < 10_000; i++) greedy.send({ type: 'chat.subscribe', conversationId: 'c1' });
  await greedy.settle();
  expect(greedy.got.filter(({ type }) => type === 'chat.error')).toHaveLength(9_000);
  provider.inTurn({ text: ['hi'] });
  other.send({ type: 'chat.send', conversationId: 'c1', message: 'go' });
  for (const socket of [greedy, other]) await socket.shown('c1', 'turn-sealed');
  expect(outline(greedy.events('c1')).filter((type) => type === 'done')).toHaveLength(1);
  for (const socket of [greedy, other]) await socket.close();
});

test('W06: ten thousand subscriptions of surfaces are capped, and an unknown surface is an error that names it', async () => {
  const socket = await RealSocket.open(server.url);
  socket.send({ type: 'subscribe', surfaceId: 'no-such-surface' });
  socket.send({ type: 'invoke', surfaceId: 'no-such-surface', actionId: 'x' });
  const refused = (surface: string) => errorsIn(socket).filter(({ surfaceId }) => surfaceId === surface).length;
  await socket.until(() => refused('no-such-surface') === 2);
  for (let i = 0; i < 10_000; i++) socket.send({ type: 'subscribe', surfaceId: 'message-queue', conversationId: `s${i}` });
  await socket.settle();
  expect([refused('message-queue'), refused('no-such-surface')]).toEqual([9_000, 2]);
  await socket.close();
});

test('W10: of 200 clients that come back again and again, each gets the running turn whole and nothing twice, and the server comes to rest', async () => {
  provider.inTurn({ text: words(300), pace: 10 });
  const first = await RealSocket.open(server.url);
  first.send({ type: 'chat.send', conversationId: 'storm', message: 'go' });
  await first.shown('storm', 'text-delta');
  const again = async () => {
    const socket = await RealSocket.open(server.url);
    socket.send({ type: 'chat.subscribe', conversationId: 'storm' });
    return socket;
  };
  let clients = await Promise.all(Array.from({ length: 200 }, again));
  for (let round = 0; round < 2; round++) {
    for (const client of clients) client.ws.terminate();
    clients = await Promise.all(Array.from({ length: 200 }, again));
  }
  await first.shown('storm', 'turn-sealed');
  for (const client of clients) {
    await client.shown('storm', 'turn-sealed');
    expect(textIn(client.events('storm'))).toBe(words(300).join(''));
    expect(outline(client.events('storm'))).toEqual(outline(first.events('storm')));
  }
  for (const client of [first, ...clients]) client.ws.terminate();
  for (let used = cpu(), before = -1; used - before > 100; ) {
    before = used;
    await sleep(500);
    used = cpu();
  }
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
});

test('W12: hundreds of connections that are reset in the middle of a frame, of an upgrade or of a request harm nobody', async () => {
  const frame = Buffer.concat([Buffer.from([0x81, 0xfe, 0x10, 0x00, 0, 0, 0, 0]), Buffer.from('{"type":"chat.send"')]);
  const resets = Array.from({ length: 300 }, (_, i) =>
    byHand((socket) => {
      if (i % 3 === 0) socket.write(frame);
      if (i % 3 === 1) socket.write(frame.subarray(0, 3));
      setImmediate(() => socket.resetAndDestroy());
    }),
  );
  await Promise.all(resets);
  const socket = await RealSocket.open(server.url);
  await socket.settle();
  await socket.close();
  expect(server.process.exitCode).toBeNull();
  expect(server.output).not.toMatch(/uncaught|unhandled|ECONNRESET/i);
});

test('W11: SIGTERM lets a running turn end, shows it whole, closes every socket with 1001 and a hint to come back, and exits 0', async () => {
  const own = await RealServer.start({ providerUrl: provider.baseUrl });
  provider.inTurn({ text: words(60), pace: 10 });
  const [watching, idle, deaf] = [await RealSocket.open(own.url), await RealSocket.open(own.url), await RealSocket.open(own.url)];
  deaf.ws.pause();
  watching.send({ type: 'chat.send', conversationId: 'term', message: 'go' });
  await watching.shown('term', 'text-delta', 5);
  own.process.kill('SIGTERM');
  for (const socket of [watching, idle]) {
    const { code, reason } = await socket.closed;
    expect([code, reason]).toEqual([1001, expect.stringContaining('reconnect')]);
  }
  expect(textIn(watching.events('term'))).toBe(words(60).join(''));
  expect(outline(watching.events('term')).slice(-2)).toEqual(['done', 'turn-sealed']);
  expect(await own.exited).toBe(0);
  deaf.ws.resume();
  await deaf.closed;
});

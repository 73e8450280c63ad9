import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { type LineSink, Lines, route } from './contract.js';
import { startServer, type TestServer } from './http-transport.fixture.js';

let server: TestServer | undefined;
afterEach(() => server?.stop());

/** A server with one stream; tells what happens to it. */
async function streaming(start: (sink: LineSink) => void) {
  const seen = { drained: 0, stopped: 0 };
  let tell: () => void = () => {};
  const gone = new Promise<void>((resolve) => {
    tell = resolve;
  });
  let sink: LineSink | undefined;
  const stream = route({
    method: 'POST',
    path: '/stream',
    summary: 'Streams',
    handle: () =>
      new Lines({ 'X-Conversation-Id': 'c1' }, (given) => {
        sink = given;
        start(given);
        return {
          drained: () => {
            seen.drained++;
            start(given);
          },
          stopped: () => {
            seen.stopped++;
            tell();
          },
        };
      }),
  });
  server = await startServer([stream]);
  return { server, seen, gone, sink: () => sink as LineSink };
}

const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
};

test('lines arrive as they are written, with the headers of a stream', async () => {
  const { server, seen, sink } = await streaming((out) => void out.write('{"n":1}\n'));
  const answer = await fetch(`${server.url}/stream`, { method: 'POST' });
  expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
  expect(answer.headers.get('cache-control')).toBe('no-cache, no-transform');
  expect(answer.headers.get('x-accel-buffering')).toBe('no');
  expect(answer.headers.get('x-conversation-id')).toBe('c1');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  const reader = answer.body?.getReader();
  const text = async () => Buffer.from((await reader?.read())?.value ?? []).toString();
  expect(await text()).toBe('{"n":1}\n');
  sink().write('{"n":2}\n');
  expect(await text()).toBe('{"n":2}\n');
  sink().end();
  expect(await reader?.read()).toMatchObject({ done: true });
  expect(sink().write('late\n')).toBe(false);
  await server.stop();
  expect(seen.stopped).toBe(0);
});

test('a client that stops reading makes write answer false, and drained comes when it reads on', async () => {
  const line = `${JSON.stringify({ text: 'x'.repeat(10_000) })}\n`;
  const whole = 64 * 1024 * 1024;
  let written = 0;
  const { server, seen } = await streaming((out) => {
    while (written < whole) {
      written += line.length;
      if (!out.write(line)) return;
    }
    out.end();
  });
  const connections: Socket[] = [];
  server.transport.server.on('connection', (each) => connections.push(each));
  const socket = connect(server.port, '127.0.0.1');
  socket.pause();
  socket.write('POST /stream HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  await until(() => written > 0);
  let before = -1;
  while (before !== written) {
    before = written;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(written).toBeLessThan(whole / 2);
  expect(connections[0]?.writableLength).toBeLessThan(1024 * 1024);

  let received = 0;
  socket.on('data', (data) => {
    received += data.length;
  });
  socket.resume();
  await new Promise((resolve) => socket.once('close', resolve));
  expect(received).toBeGreaterThan(whole);
  expect(seen.drained).toBeGreaterThan(0);
  expect(seen.stopped).toBe(0);
});

test('H23: a client that goes away is told once, and nothing is written to it any more', async () => {
  const { server, seen, gone, sink } = await streaming((out) => void out.write('{}\n'));
  const leaving = new AbortController();
  await fetch(`${server.url}/stream`, { method: 'POST', signal: leaving.signal });
  leaving.abort();
  await gone;
  expect(sink().write('{}\n')).toBe(false);
  sink().end();
  expect(seen.stopped).toBe(1);
});

test('a stop waits for streams that end, and takes nothing new', async () => {
  const { server, sink } = await streaming((out) => void out.write('{"n":1}\n'));
  const answer = await fetch(`${server.url}/stream`, { method: 'POST' });
  const stopped = server.stop();
  await expect(fetch(`${server.url}/health`)).rejects.toThrow();
  sink().write('{"n":2}\n');
  sink().end();
  expect(await answer.text()).toBe('{"n":1}\n{"n":2}\n');
  await stopped;
});

test('a stop cuts streams that do not end', async () => {
  const { server, gone } = await streaming((out) => void out.write('{"n":1}\n'));
  const answer = await fetch(`${server.url}/stream`, { method: 'POST' });
  const text = answer.text();
  text.catch(() => {});
  await server.stop();
  await gone;
  await expect(text).rejects.toThrow();
});

test('a handler hears that its client is gone', async () => {
  let heard: () => void = () => {};
  const aborted = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const leaving = new AbortController();
  server = await startServer([
    route({
      method: 'GET',
      path: '/wait',
      summary: 'Waits',
      handle: async ({ signal }) => {
        leaving.abort();
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        heard();
        return {};
      },
    }),
  ]);
  await expect(fetch(`${server.url}/wait`, { signal: leaving.signal })).rejects.toThrow();
  await aborted;
});

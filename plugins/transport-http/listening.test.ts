import { expect, test } from '@jest/globals';
import { startServer } from './http-transport.fixture.js';
import { whyNot } from './listening.js';

test('a port in use is named, and how to change it', async () => {
  const first = await startServer([]);
  await expect(startServer([], { 'http.port': first.port })).rejects.toThrow(
    `port ${first.port} on 127.0.0.1 is in use by another program: stop it, or set BACKEND_PORT (or http.port) to another port`,
  );
  await first.stop();
});

test('an IPv6 address works, with and without brackets', async () => {
  for (const address of ['::1', '[::1]']) {
    const server = await startServer([], { 'http.host': address });
    expect(await (await fetch(`http://[::1]:${server.port}/health`)).json()).toEqual({ ok: true });
    await server.stop();
  }
});

test('an address this machine does not have is named', async () => {
  await expect(startServer([], { 'http.host': '192.0.2.1' })).rejects.toThrow(
    'this machine has no address "192.0.2.1" to listen on: set DISPATCH_HOST (or http.host) to one that it has',
  );
  const error = Object.assign(new Error('listen EACCES'), { code: 'EACCES' });
  expect(whyNot(error, 'localhost', 80)).toContain('port 80 on localhost may not be used by this user');
});

test('a stop before the start, and a second stop, do nothing', async () => {
  const server = await startServer([]);
  await server.stop();
  await server.stop();
  expect(server.transport.server.listening).toBe(false);
});

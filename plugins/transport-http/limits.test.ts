import { connect } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { testConfig } from 'dispatch/testing';
import * as z from 'zod';
import { route } from './contract.js';
import { startServer, type TestServer } from './http-transport.fixture.js';
import { httpLimitsFrom, serverOptions } from './limits.js';

let server: TestServer | undefined;
afterEach(() => server?.stop());

const echo = route({ method: 'POST', path: '/echo', summary: 'Says it again', body: z.unknown(), handle: ({ body }) => ({ body }) });
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
const post = (body: string) =>
  `POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n`;

describe('the limits', () => {
  test('are those of the contract where nothing is configured', () => {
    expect(httpLimitsFrom(testConfig())).toEqual({
      headerBytes: 16_384,
      headersMs: 10_000,
      bodyMs: 30_000,
      sockets: 1_000,
      body: { bytes: 16_777_216, depth: 64 },
    });
  });

  test('stay in order when a whole request may take less than its headers', () => {
    const limits = httpLimitsFrom(testConfig({ 'http.bodyMs': 5_000 }));
    expect(serverOptions(limits)).toMatchObject({ headersTimeout: 5_000, requestTimeout: 5_000 });
  });

  test('http.headerLimit: larger headers are 431', async () => {
    server = await startServer([echo], { 'http.headerLimit': 2_000 });
    const ask = (size: number) =>
      server?.raw(`GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-A: ${'a'.repeat(size)}\r\n\r\n`);
    expect([statusOf((await ask(1_000)) ?? ''), statusOf((await ask(3_000)) ?? '')]).toEqual([200, 431]);
  });

  test('H14: http.headersMs and http.bodyMs: who sends too slowly is told and cut, and nobody waits for them', async () => {
    server = await startServer([echo], { 'http.headersMs': 100, 'http.bodyMs': 200 });
    const [headers, body] = [server.raw('GET /health HTTP/1.1\r\nHost: local'), server.raw(`${post('{"a":1}')}\r\n{"a`)];
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    expect([statusOf(await headers), statusOf(await body)]).toEqual([408, 408]);
  });

  test('http.jsonDepth and http.bodyLimit: a body that is deeper is 400, one that is larger 413', async () => {
    server = await startServer([echo], { 'http.jsonDepth': 2, 'http.bodyLimit': 1_100 });
    const ask = async (body: string) => statusOf((await server?.raw(`${post(body)}Connection: close\r\n\r\n${body}`)) ?? '');
    expect(await Promise.all([ask('[[1]]'), ask('[[[1]]]'), ask(`"${'x'.repeat(1_200)}"`)])).toEqual([200, 400, 413]);
  });

  test('http.maxSockets: connections beyond it are closed, and taken again once there is room', async () => {
    server = await startServer([], { 'http.maxSockets': 1 });
    const { port, url } = server;
    const first = connect(port, '127.0.0.1');
    first.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await new Promise((resolve) => first.once('data', resolve));
    expect(await server.raw('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n')).toBe('');
    const closed = new Promise((resolve) => first.once('close', resolve));
    first.destroy();
    await closed;
    for (let status = 0; status !== 200; )
      status = await fetch(`${url}/health`).then(
        (answer) => answer.status,
        () => 0,
      );
  });
});

import { request } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import { raw, type SocketServer, startSockets, TestClient, upgradeRequest } from './socket-server.fixture.js';

let server: SocketServer;
afterEach(() => server.stop());

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
const ended = (answer: string) => answer.includes('\r\n\r\n');

describe('a socket opens', () => {
  test('at any path of its own port, and at /ws of the HTTP port', async () => {
    server = await startSockets();
    for (const url of [...server.urls, `ws://localhost:${server.ports.own}`, `ws://127.0.0.1:${server.ports.http}/ws?x=1`]) {
      const client = await TestClient.open(url);
      await client.settle();
      client.close();
      expect((await client.closed).code).toBe(1005);
    }
    expect(server.logger.records).toEqual([]);
  });

  test('from an own page and from none, never from another', async () => {
    server = await startSockets();
    const origins = {
      own: `http://127.0.0.1:${server.ports.http}`,
      dev: 'http://localhost:24204',
      evil: 'https://evil.test',
      none: 'null',
    };
    const statuses = await Promise.all(
      Object.values(origins).map((Origin) => raw(server.ports.http, upgradeRequest({ Origin }), ended).then(statusOf)),
    );
    expect(statuses).toEqual([101, 101, 403, 403]);
  });
});

describe('an upgrade is refused with a plain answer', () => {
  test.each([
    ['another path of the HTTP port', upgradeRequest({}, '/other'), 404, undefined],
    ['a longer path', upgradeRequest({}, '/ws/x'), 404, undefined],
    ['version 7', upgradeRequest({ 'Sec-WebSocket-Version': '7' }), 426, /Sec-WebSocket-Version: 13\r\n/],
    ['version 8', upgradeRequest({ 'Sec-WebSocket-Version': '8' }), 426, undefined],
    ['no version', upgradeRequest({ 'Sec-WebSocket-Version': undefined }), 426, undefined],
    ['a malformed key', upgradeRequest({ 'Sec-WebSocket-Key': 'short' }), 400, undefined],
    ['no key', upgradeRequest({ 'Sec-WebSocket-Key': undefined }), 400, undefined],
    ['another protocol', upgradeRequest({ Upgrade: 'h2c' }), 426, undefined],
    ['no upgrade at all', 'GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 426, undefined],
    ['another method', upgradeRequest({}, '/ws', 'PUT'), 405, undefined],
    ['a foreign host', upgradeRequest({ Host: 'evil.test' }), 403, undefined],
    ['no host', upgradeRequest({ Host: undefined }), 400, undefined],
    ['an absolute target that names another host', upgradeRequest({}, 'http://evil.test/ws'), 403, undefined],
    ['a cross-site page', upgradeRequest({ 'Sec-Fetch-Site': 'cross-site' }), 403, undefined],
    [
      '3 000 short headers',
      upgradeRequest(Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`a${i.toString(36)}`, '']))),
      431,
      undefined,
    ],
    [
      '3 000 longer headers',
      upgradeRequest(Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`x-${i}`, 'value']))),
      431,
      undefined,
    ],
  ])('W03: %s', async (_what, bytes, status, also) => {
    server = await startSockets();
    const answer = await raw(server.ports.http, bytes);
    expect(statusOf(answer)).toBe(status);
    if (also) expect(answer).toMatch(also);
    const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
    expect(JSON.parse(body)).toEqual({ error: expect.any(String), ...(body.includes('"code"') && { code: expect.any(String) }) });
    const client = await server.open({ http: true });
    client.close();
    await client.closed;
  });

  test('by an access rule, on both ports, with its own status and headers', async () => {
    server = await startSockets();
    server.rules.push({
      check: ({ headers }) =>
        headers.authorization === 'Bearer good'
          ? undefined
          : { status: 401, error: 'send the token', code: 'no_token', headers: { 'WWW-Authenticate': 'Bearer' } },
    });
    const { own, http } = server.ports;
    const asked = [own, http].flatMap((port) => [
      raw(port, upgradeRequest(), ended),
      raw(port, upgradeRequest({}, '/ws?token=good'), ended),
      raw(port, upgradeRequest({ Authorization: 'Bearer good' }), ended),
      raw(port, 'GET /other HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
    ]);
    const answers = await Promise.all(asked);
    expect(answers.map(statusOf)).toEqual([401, 401, 101, 401, 401, 401, 101, 401]);
    expect(answers[0]).toContain('WWW-Authenticate: Bearer\r\n');
    expect(answers[0]).toContain('{"error":"send the token","code":"no_token"}');
  });

  test('when there are as many sockets as there may be, until one closes', async () => {
    server = await startSockets([], { changes: { 'ws.maxSockets': 2 } });
    const [first] = [await server.open(), await server.open({ http: true })];
    const refused = await raw(server.ports.own, upgradeRequest());
    expect([statusOf(refused), /Retry-After/.test(refused)]).toEqual([503, true]);
    first.close();
    await first.closed;
    const next = await server.open();
    await next.settle();
  });

  test('on the port of its own, to whoever asks for a page', async () => {
    server = await startSockets();
    const status = await new Promise((resolve) => {
      request({ port: server.ports.own, host: '127.0.0.1', path: '/' }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      }).end();
    });
    expect(status).toBe(426);
  });
});

test('a port in use is named, with the setting to change', async () => {
  server = await startSockets();
  const taken = server.ports.own;
  await expect(startSockets([], { changes: { 'ws.port': taken } })).rejects.toThrow(
    `port ${taken} on 127.0.0.1, for WebSockets, is in use by another program: stop it, or set SURFACE_WS_PORT (or ws.port) to another port`,
  );
});

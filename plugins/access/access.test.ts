import { afterEach, describe, expect, test } from '@jest/globals';
import { raw, upgradeRequest } from '../transport-ws/socket-server.fixture.js';
import { type AccessServer, askedByOther, canActAsOthers, goodToken, startAccess, startGate } from './access-server.fixture.js';

let server: AccessServer;
afterEach(() => server?.stop());

const asRoot = canActAsOthers ? describe : describe.skip; // only root can act as another user
const ended = (answer: string) => answer.includes('\r\n\r\n');
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
const unauthorized = {
  error: 'this server does not know you: send its token as "Authorization: Bearer <token>"',
  code: 'unauthorized',
};

/** A server that takes `goodToken`. */
const started = async (changes: Readonly<Record<string, unknown>> = {}) => {
  server = await startAccess({ 'access.token': goodToken, ...changes });
  return server;
};
describe('the token', () => {
  test('H02: a wrong token of any length is answered as no token is, and only the right one is let in', async () => {
    const { ask, reached } = await started();
    const wrong = [goodToken.slice(0, -1), `${goodToken}x`, goodToken.replace('a', 'b'), 'x', 'x'.repeat(10_000), goodToken.toUpperCase()];
    const shown = [undefined, '', 'Bearer', goodToken, `Basic ${goodToken}`, ...wrong.map((token) => `Bearer ${token}`)];
    const answers = await Promise.all(
      shown.map((authorization) => ask('/count', { method: 'POST', headers: authorization === undefined ? {} : { authorization } })),
    );
    for (const { status, body, headers } of answers)
      expect({ status, body, asks: headers.get('www-authenticate') }).toEqual({ status: 401, body: unauthorized, asks: 'Bearer' });
    expect(reached()).toBe(0);
    for (const scheme of ['Bearer', 'bearer', 'BEARER  '])
      expect((await ask('/count', { headers: { authorization: `${scheme} ${goodToken}` } })).status).toBe(200);
  });

  test('H02: a wrong token of 1 MB is stopped by the limit of the headers, and its body is never looked at', async () => {
    await started();
    const { http } = server.sockets.ports;
    const huge = await raw(http, `GET /count HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${'x'.repeat(1_000_000)}\r\n\r\n`);
    expect(huge === '' || statusOf(huge) === 431).toBe(true);
    const body = await server.ask('/count', { method: 'POST', body: '{"a":', headers: { 'content-type': 'application/json' } });
    expect(body.status).toBe(401);
  });

  test('H01: without it an unknown path, a wrong method and a known route look alike', async () => {
    await started();
    const answers = await Promise.all([
      server.ask('/nowhere'),
      server.ask('/count', { method: 'DELETE' }),
      server.ask('/count'),
      server.ask('/health/'),
      server.ask('/health', { method: 'POST' }),
      server.ask('/count', { method: 'OPTIONS' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 200, 401, 401]);
    for (const { status, body } of answers) if (status === 401) expect(body).toEqual(unauthorized);
  });

  test('is not needed for /health, whatever is shown there', async () => {
    await started();
    expect((await server.ask('/health')).status).toBe(200);
    expect((await server.ask('/health', { headers: { authorization: 'Bearer wrong' } })).status).toBe(200);
    expect((await server.ask('/health', { method: 'HEAD' })).status).toBe(200);
  });

  test('W02: is wanted before an upgrade, and never taken from an address', async () => {
    await started();
    const { own, http } = server.sockets.ports;
    const token = { Authorization: `Bearer ${goodToken}` };
    const answers = await Promise.all(
      [own, http].flatMap((port) => [
        raw(port, upgradeRequest(), ended),
        raw(port, upgradeRequest({}, `/ws?token=${goodToken}`), ended),
        raw(port, upgradeRequest({}, `/ws?access_token=${goodToken}`), ended),
        raw(port, upgradeRequest({ Authorization: 'Bearer wrong' }), ended),
        raw(port, upgradeRequest(token), ended),
      ]),
    );
    expect(answers.map(statusOf)).toEqual([401, 401, 401, 401, 101, 401, 401, 401, 401, 101]);
    expect(answers[1]).toContain('WWW-Authenticate: Bearer\r\n');
    expect(JSON.parse(answers[1]?.split('\r\n\r\n')[1] ?? '')).toEqual(unauthorized);
    expect((await server.ask(`/count?token=${goodToken}`)).status).toBe(401);
  });

  test('is told to whoever keeps secrets, and to no log', async () => {
    await started();
    await server.ask('/count', { headers: { authorization: 'Bearer a-wrong-token-of-somebody' } });
    expect(server.known).toEqual([goodToken]);
    const records = [...server.logger.records, ...server.sockets.logger.records].join('\n');
    expect(records).not.toMatch(/a-token-of|a-wrong-token/);
  });

  test('H03: the Host is looked at first, and a good token changes nothing about it', async () => {
    await started();
    const { http } = server.sockets.ports;
    const ask = (lines: string, target = '/count') =>
      raw(http, `GET ${target} HTTP/1.1\r\n${lines}Authorization: Bearer ${goodToken}\r\nConnection: close\r\n\r\n`).then(statusOf);
    expect(
      await Promise.all([
        ask('Host: evil.test\r\n'),
        ask(''),
        ask('Host: localhost\r\nHost: localhost\r\n'),
        ask('Host: localhost\r\n', 'http://evil.test/count'),
        ask('Host: localhost\r\n'),
      ]),
    ).toEqual([403, 400, 400, 403, 200]);
  });
});

describe('wrong tries', () => {
  const wrong = { headers: { authorization: 'Bearer wrong' } };

  test('are limited on loopback too, and the right token is let in all the same', async () => {
    await started();
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) statuses.push((await server.ask('/count', wrong)).status);
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
    const limited = await server.ask('/count', wrong);
    expect({ body: limited.body.code, after: limited.headers.get('retry-after') }).toEqual({ body: 'too_many_tries', after: '60' });
    expect((await server.ask('/count', { headers: server.token() })).status).toBe(200);
    expect((await server.ask('/count')).status).toBe(401);
    expect((await server.ask('/health')).status).toBe(200);
    await server.clock.advance(60_000);
    expect((await server.ask('/count', wrong)).status).toBe(401);
  });

  test('of tokens and of codes count together, before upgrades too', async () => {
    await started();
    for (let i = 0; i < 5; i++) {
      await server.ask('/launch?code=wrong');
      await raw(server.sockets.ports.own, upgradeRequest({ Authorization: 'Bearer wrong' }), ended);
    }
    const socket = await raw(server.sockets.ports.own, upgradeRequest({ Authorization: 'Bearer wrong' }), ended);
    expect([statusOf(socket), /Retry-After: 60/.test(socket)]).toEqual([429, true]);
    expect((await server.ask('/launch?code=wrong')).status).toBe(429);
    expect((await server.ask(server.gate.launchPath())).status).toBe(303);
  });

  test('of an address that never was right close it to the right token as well, until it has waited', () => {
    const { gate, clock } = startGate({ 'access.token': goodToken });
    const from = (remoteAddress: string, token: string) =>
      gate.check({ headers: { authorization: `Bearer ${token}` }, method: 'GET', socket: { remoteAddress, destroyed: true } } as never);
    for (let i = 0; i < 10; i++) from(`2001:db8::${i}`, 'wrong');
    expect(from('2001:db8::99', goodToken)).toMatchObject({ status: 429 });
    expect(from('2001:db8:0:1::1', goodToken)).toBeUndefined();
    for (let i = 0; i < 10; i++) from('2001:db8:0:1::1', 'wrong');
    expect(from('2001:db8:0:1::2', goodToken)).toBeUndefined();
    return clock.advance(60_000).then(() => expect(from('2001:db8::99', goodToken)).toBeUndefined());
  });
});

describe('the same user on loopback', () => {
  test('needs nothing, whatever is shown, over HTTP and sockets', async () => {
    await started({ auth: 'same-user' });
    expect((await server.ask('/count', { method: 'POST' })).status).toBe(200);
    expect((await server.ask('/count', { headers: { authorization: 'Bearer of another server' } })).status).toBe(200);
    expect((await server.ask('/access/session')).body).toEqual({ letInBy: 'same-user' });
    for (const http of [true, false]) {
      const client = await server.sockets.open({ http });
      await client.settle();
      client.close();
    }
    expect([server.gate.tokenNeeded, server.gate.mode]).toEqual([false, 'same-user']);
  });

  test('needs the token where a proxy of theirs passes on what anybody asked', async () => {
    await started({ auth: 'same-user' });
    for (const name of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via']) {
      expect((await server.ask('/count', { headers: { [name]: 'somebody' } })).status).toBe(401);
      expect((await server.ask('/count', { headers: { [name]: 'somebody', ...server.token() } })).status).toBe(200);
    }
  });

  test('is no longer told apart where others can reach the server: everybody needs the token', async () => {
    await started({ auth: 'same-user', 'http.host': '0.0.0.0' });
    expect((await server.ask('/count')).status).toBe(401);
    expect((await server.ask('/count', { headers: server.token() })).status).toBe(200);
    expect(server.gate.tokenNeeded).toBe(true);
  });

  asRoot('and another one', () => {
    test('who needs the token, and whose wrong ones are counted', async () => {
      await started({ auth: 'same-user' });
      const wrong = Array.from({ length: 12 }, () => ({ authorization: 'Bearer wrong' }));
      const statuses = await askedByOther(`${server.url}/count`, [{}, server.token(), { cookie: 'x=y' }, ...wrong]);
      expect(statuses).toEqual([401, 200, 401, ...Array(10).fill(401), 429, 429]);
      expect((await server.ask('/count')).status).toBe(200);
      expect(await askedByOther(`${server.url}/health`, [{}])).toEqual([200]);
    });
  });
});

describe('at start', () => {
  test.each(['0.0.0.0', '::', '192.168.1.5', 'box.lan'])('on %s without a token it refuses, and says what would do', (host) => {
    expect(() => startGate({ 'http.host': host, auth: 'same-user' })).toThrow(
      new RegExp(`^listening on ${host} lets others reach this server, and it has no token: set DISPATCH_TOKEN .*DISPATCH_AUTH=off`),
    );
    expect(() => startGate({ 'http.host': host, auth: 'token', 'access.token': goodToken })).not.toThrow();
  });

  test('on loopback a token is made for those who need it', () => {
    for (const auth of ['same-user', 'token']) expect(startGate({ auth }).known).toEqual([expect.stringMatching(/^[\w-]{43}$/)]);
  });

  test('"off" is named loudly, needs no token and lets anybody in', async () => {
    server = await startAccess({ auth: 'off', 'http.host': '0.0.0.0' });
    expect(server.logger.records).toEqual([
      'warn access control is OFF (DISPATCH_AUTH=off): anybody who reaches 0.0.0.0 can run commands as you',
    ]);
    expect((await server.ask('/count')).status).toBe(200);
    expect((await server.ask('/access/session')).body).toEqual({ letInBy: 'off' });
    expect((await server.ask('/access/rotate', { method: 'POST' })).status).toBe(409);
  });
});

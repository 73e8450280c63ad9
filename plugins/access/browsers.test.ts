import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import { raw, upgradeRequest } from '../transport-ws/socket-server.fixture.js';
import { type AccessServer, cookieOf, folder, goodToken, startAccess } from './access-server.fixture.js';
import { unauthorized as refusal } from './refusals.js';

let server: AccessServer;
afterEach(() => server?.stop());

const ended = (answer: string) => answer.includes('\r\n\r\n');
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
const unauthorized = { error: refusal.error, code: 'unauthorized' };

/** A server that takes `goodToken`. */
const started = async (changes: Readonly<Record<string, unknown>> = {}) => {
  server = await startAccess({ 'access.token': goodToken, ...changes });
  return server;
};
/** A browser that opened a launch address. */
async function browser() {
  const { headers } = await server.ask(server.gate.launchPath());
  return { cookie: cookieOf(headers) };
}

describe('a browser', () => {
  test('is let in by the printed address, once, and the code is gone from the address', async () => {
    await started();
    const path = server.gate.launchPath();
    const { status, headers, body } = await server.ask(path);
    expect({ status, to: headers.get('location'), body }).toEqual({ status: 303, to: '/', body: undefined });
    expect(headers.get('set-cookie')).toMatch(
      /^dispatch-[0-9a-f]{8}=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict$/,
    );
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    const cookie = cookieOf(headers);
    expect((await server.ask('/count', { headers: { cookie } })).status).toBe(200);
    const again = await server.ask(path);
    expect({ status: again.status, body: again.body, cookie: again.headers.get('set-cookie') }).toEqual({
      status: 401,
      body: unauthorized,
      cookie: null,
    });
    // The same browser, opening it again, is in already.
    expect((await server.ask(path, { headers: { cookie } })).status).toBe(303);
  });

  test('may exchange the code by POST as well', async () => {
    await started();
    const code = server.gate.launchPath().split('=')[1];
    const login = (body: string) => server.ask('/access/login', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const { status, headers, body } = await login(JSON.stringify({ code }));
    expect({ status, body }).toEqual({ status: 200, body: { ok: true } });
    expect((await server.ask('/count', { headers: { cookie: cookieOf(headers) } })).status).toBe(200);
    for (const bad of [JSON.stringify({ code }), '{"code":7}', '{}', '[]', '7'])
      expect(await login(bad)).toMatchObject({ status: 401, body: unauthorized });
    expect(await server.ask('/access/login', { method: 'POST' })).toMatchObject({ status: 401, body: unauthorized });
  });

  test('loses its code to time, and not to HEAD', async () => {
    await started();
    const path = server.gate.launchPath();
    expect((await server.ask(path, { method: 'HEAD' })).status).toBe(405);
    await server.clock.advance(5 * 60_000 - 1);
    const late = server.gate.launchPath();
    expect((await server.ask(path)).status).toBe(303);
    await server.clock.advance(5 * 60_000);
    expect((await server.ask(late)).status).toBe(401);
  });

  test('needs X-Dispatch-CSRF for what changes something, and only for that', async () => {
    await started();
    const { cookie } = await browser();
    const post = (headers: Record<string, string>) => server.ask('/count', { method: 'POST', headers });
    expect(await post({ cookie })).toMatchObject({ status: 403, body: { code: 'csrf' } });
    expect(await post({ cookie, 'x-dispatch-csrf': '' })).toMatchObject({ status: 403 });
    expect(server.reached()).toBe(0);
    expect(await post({ cookie, 'x-dispatch-csrf': '1' })).toMatchObject({ status: 200 });
    expect(await post({ cookie, ...server.token() })).toMatchObject({ status: 200 });
    expect(await server.ask('/count', { headers: { cookie } })).toMatchObject({ status: 200 });
  });

  test('H05: with a valid cookie, a page of a foreign origin or site gets 403 and no CORS headers', async () => {
    await started();
    const { cookie } = await browser();
    const pages: Record<string, string>[] = [{ origin: 'https://evil.test' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }];
    for (const headers of pages) {
      const page = await server.ask('/count', { method: 'POST', headers: { cookie, 'x-dispatch-csrf': '1', ...headers } });
      expect(page.status).toBe(403);
      expect([...page.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
      const socket = await raw(server.sockets.ports.http, upgradeRequest({ Cookie: cookie, ...headers }), ended);
      expect([statusOf(socket), /access-control/i.test(socket)]).toEqual([403, false]);
    }
    expect(server.reached()).toBe(0);
    const own = await raw(server.sockets.ports.http, upgradeRequest({ Cookie: cookie, Origin: server.url }), ended);
    expect(statusOf(own)).toBe(101);
  });

  test('H06: a preflight needs no token from an allowed origin, and gets nothing from a foreign one', async () => {
    await started();
    const preflight = (origin: string) =>
      server.ask('/count', { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
    const [good, evil] = [await preflight('http://localhost:24204'), await preflight('https://evil.test')];
    expect([good.status, good.headers.get('access-control-allow-origin')]).toEqual([204, 'http://localhost:24204']);
    expect([evil.status, evil.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    const refused = await server.ask('/count', { headers: { origin: 'http://localhost:24204' } });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, 'http://localhost:24204']);
  });

  test('stays let in over a restart, and is not when the token is another one', async () => {
    const dataDir = folder();
    await started({ dataDir });
    const { cookie } = await browser();
    await server.stop();
    await started({ dataDir });
    expect((await server.ask('/count', { headers: { cookie } })).status).toBe(200);
    await server.stop();
    await started({ dataDir, 'access.token': `${goodToken}-2` });
    expect((await server.ask('/count', { headers: { cookie } })).status).toBe(401);
  });

  test('is told by what it was let in, and can let in another', async () => {
    await started({ 'access.https': true });
    const { headers } = await server.ask(server.gate.launchPath());
    expect(headers.get('set-cookie')).toMatch(/; Secure$/);
    const cookie = cookieOf(headers);
    expect((await server.ask('/access/session', { headers: { cookie } })).body).toEqual({ letInBy: 'session' });
    expect((await server.ask('/access/session', { headers: server.token() })).body).toEqual({ letInBy: 'token' });
    const { body } = await server.ask('/access/launch', { method: 'POST', headers: { cookie, 'x-dispatch-csrf': '1' } });
    expect(body).toEqual({ path: expect.stringMatching(/^\/launch\?code=/), expiresInMs: 300_000 });
    expect((await server.ask(body.path)).status).toBe(303);
  });
});

describe('a token that is replaced', () => {
  const fresh = async () => {
    server = await startAccess({ auth: 'token' });
    const file = server.gate.tokenFile as string;
    const current = () => readFileSync(file, 'utf8').trim();
    return { file, current, bearer: () => ({ authorization: `Bearer ${current()}` }) };
  };

  test('W07: closes what it let in: sockets with 1008, connections at once; sessions and codes end', async () => {
    const { current, bearer } = await fresh();
    const [old, { cookie }, code] = [bearer(), await browser(), server.gate.launchPath()];
    const byToken = await server.sockets.open({ headers: old });
    const byCookie = await server.sockets.open({ http: true, headers: { cookie } });
    await Promise.all([byToken.settle(), byCookie.settle()]);
    const agent = new Agent({ keepAlive: true });
    const kept = request(`${server.url}/count`, { agent, headers: old }).end();
    const [first] = await once(kept, 'response');
    first.resume();
    await once(first, 'end');
    const hungUp = once(kept.socket as NonNullable<typeof kept.socket>, 'close');

    const { status, body, headers } = await server.ask('/access/rotate', { method: 'POST', headers: old });
    expect({ status, body, connection: headers.get('connection') }).toEqual({
      status: 200,
      body: { tokenFile: server.gate.tokenFile, token: current() },
      connection: 'close',
    });
    const reason = 'the token was replaced: connect again with the new one';
    expect(await Promise.all([byToken.closed, byCookie.closed])).toEqual([
      { code: 1008, reason },
      { code: 1008, reason },
    ]);
    await hungUp;
    agent.destroy();
    expect((await server.ask('/count', { headers: old })).status).toBe(401);
    expect((await server.ask('/count', { headers: { cookie } })).status).toBe(401);
    expect((await server.ask(code)).status).toBe(401);
    expect((await server.ask('/count', { headers: bearer() })).status).toBe(200);
    expect(server.known).toHaveLength(2);
  });

  test('is never shown to a page, which may replace it all the same', async () => {
    const { file } = await fresh();
    const { cookie } = await browser();
    const rotated = await server.ask('/access/rotate', { method: 'POST', headers: { cookie, 'x-dispatch-csrf': '1' } });
    expect(rotated).toMatchObject({ status: 200, body: { tokenFile: file } });
    expect(rotated.body.token).toBeUndefined();
  });

  test('has to be replaced where it came from when the environment gave it', async () => {
    await started();
    const refused = await server.ask('/access/rotate', { method: 'POST', headers: server.token() });
    expect(refused).toMatchObject({ status: 409, body: { code: 'token_given', error: expect.stringContaining('change DISPATCH_TOKEN') } });
    expect((await server.ask('/count', { headers: server.token() })).status).toBe(200);
  });
});

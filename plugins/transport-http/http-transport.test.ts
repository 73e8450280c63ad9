import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { HttpError, route } from './contract.js';
import { startServer, type TestServer } from './http-transport.fixture.js';

const storageFull = Object.assign(new Error('the disk is full: free some space'), {
  name: 'StorageError',
  code: 'full',
});
const routes = [
  route({ method: 'GET', path: '/empty', summary: 'Nothing', handle: () => ({}) }),
  route({
    method: 'POST',
    path: '/echo',
    summary: 'Says it again',
    body: z.strictObject({ text: z.string(), tags: z.array(z.string()).optional() }),
    handle: ({ body }) => body,
  }),
  route({
    method: 'POST',
    path: '/optional',
    summary: 'A body or none',
    body: z.strictObject({ keep: z.number() }),
    bodyOptional: true,
    handle: ({ body }) => ({ got: body ?? null }),
  }),
  route({ method: 'POST', path: '/things/:id/stop', summary: 'No body', handle: () => ({ stopped: true }) }),
  route({
    method: 'GET',
    path: '/things/:id',
    summary: 'One',
    params: z.object({ id: z.string().max(20) }),
    query: z.object({ limit: z.coerce.number().int().min(1).optional() }),
    handle: ({ params, query }) => ({ id: params.id, ...query }),
  }),
  route({ method: 'DELETE', path: '/things/:id', summary: 'Gone', handle: () => ({ gone: true }) }),
  route({
    method: 'GET',
    path: '/teapot',
    summary: 'Refuses',
    handle: () => {
      throw new HttpError(418, 'this is a teapot', { code: 'teapot', headers: { 'X-Tea': 'green' } });
    },
  }),
  route({ method: 'GET', path: '/full', summary: 'No room', handle: () => Promise.reject(storageFull) }),
  route({
    method: 'GET',
    path: '/broken',
    summary: 'Breaks',
    handle: () => {
      throw new Error('secret inner words', { cause: new Error('the cause') });
    },
  }),
  route({ method: 'GET', path: '/void', summary: 'Answers nothing', handle: () => undefined }),
];

let server: TestServer;
beforeAll(async () => {
  server = await startServer(routes, { 'http.bodyLimit': 2000, 'http.allowedOrigins': ['https://ui.example'] });
});
afterAll(() => server.stop());

const send = async (path: string, init?: RequestInit) => {
  const answer = await fetch(server.url + path, init);
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) };
};
const post = (path: string, body: string | Buffer, type = 'application/json') =>
  send(path, { method: 'POST', body, headers: { 'content-type': type } });

describe('answers', () => {
  test('carry the safety headers and nothing of the framework', async () => {
    const { status, headers, body } = await send('/empty');
    expect({ status, body }).toEqual({ status: 200, body: {} });
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('etag')).toBeNull();
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
  });

  test('to HEAD are those to GET without the body', async () => {
    const { status, headers, body } = await send('/empty', { method: 'HEAD' });
    expect({ status, length: headers.get('content-length'), body }).toEqual({ status: 200, length: '2', body: undefined });
  });

  test('of a route that refuses keep its status, code and headers', async () => {
    const { status, headers, body } = await send('/teapot');
    expect({ status, tea: headers.get('x-tea'), body }).toEqual({
      status: 418,
      tea: 'green',
      body: { error: 'this is a teapot', code: 'teapot' },
    });
  });

  test('of a full disk are 507', async () => {
    const { status, body } = await send('/full');
    expect({ status, body }).toEqual({ status: 507, body: { error: 'the disk is full: free some space', code: 'full' } });
  });

  test('of a route that breaks tell nothing of the inside, and the log tells it', async () => {
    const { status, body } = await send('/broken');
    expect({ status, body }).toEqual({
      status: 500,
      body: { error: 'the server failed to answer this; its log says why', code: 'internal' },
    });
    expect(server.logger.records).toContain('error GET /broken failed: secret inner words');
  });

  test('of a route that answers nothing are 500', async () => {
    expect((await send('/void')).status).toBe(500);
  });
});

describe('routes', () => {
  test('that are unknown answer 404 in JSON and name the nearest', async () => {
    const { status, body } = await send('/emty');
    expect({ status, body }).toEqual({
      status: 404,
      body: { error: 'there is no route /emty; the nearest is /empty' },
    });
  });

  test('asked with a wrong method answer 405 with Allow', async () => {
    const { status, headers, body } = await send('/things/7', { method: 'PUT' });
    expect({ status, allow: headers.get('allow'), body }).toEqual({
      status: 405,
      allow: 'GET, DELETE, HEAD, OPTIONS',
      body: { error: '/things/7 does not answer to PUT, only to GET, DELETE, HEAD, OPTIONS' },
    });
  });

  test('answer OPTIONS with Allow, unknown ones with 404', async () => {
    const { status, headers } = await send('/things/7', { method: 'OPTIONS' });
    expect({ status, allow: headers.get('allow') }).toEqual({ status: 204, allow: 'GET, DELETE, HEAD, OPTIONS' });
    expect((await send('/nowhere', { method: 'OPTIONS' })).status).toBe(404);
  });

  test('are mounted and unmounted as plugins come and go, and none takes the place of another or of /health', async () => {
    const group = {
      routes: [
        route({ method: 'GET', path: '/late', summary: 'Late', handle: () => ({ late: true }) }),
        route({ method: 'GET', path: '/health', summary: 'Taken', handle: () => ({ taken: true }) }),
        route({ method: 'GET', path: '/empty', summary: 'Taken', handle: () => ({ taken: true }) }),
        route({ method: 'GET', path: '/*rest', summary: 'All', handle: () => ({ taken: true }) }),
        route({ method: 'GET', path: '/:any', summary: 'All', handle: () => ({ taken: true }) }),
      ],
    };
    expect((await send('/late')).status).toBe(404);
    server.groups.push(group);
    expect((await send('/late')).body).toEqual({ late: true });
    expect((await send('/health')).body).toEqual({ ok: true });
    expect((await send('/empty')).body).toEqual({});
    expect((await send('/other')).status).toBe(404);
    expect(server.logger.records.filter((record) => record.includes('left out'))).toEqual([
      'error the route GET /health is left out: GET /health is served by an earlier one',
      'error the route GET /empty is left out: GET /empty is served by an earlier one',
      expect.stringContaining('error the route GET /*rest is left out: a path is made of'),
      expect.stringContaining('error the route GET /:any is left out: a path is made of'),
    ]);
    server.groups.pop();
    expect((await send('/late')).status).toBe(404);
  });

  test('get their parameters decoded and checked', async () => {
    expect((await send('/things/a%20b%2Fc?limit=3')).body).toEqual({ id: 'a b/c', limit: 3 });
    expect(await send('/things/a%zz')).toMatchObject({ status: 400, body: { error: expect.stringContaining('percent') } });
    expect(await send(`/things/${'x'.repeat(21)}`)).toMatchObject({ status: 400, body: { code: 'bad_schema' } });
  });

  test.each(['limit=-1', 'limit=NaN', 'limit=99999999999999999999', 'limit=1&limit=2', 'limit=%zz', '__proto__=1'])(
    'H18: refuse the query %s',
    async (query) => {
      expect(await send(`/things/7?${query}`)).toMatchObject({ status: 400, body: { error: expect.any(String) } });
    },
  );
});

describe('bodies', () => {
  test('are checked, and what is wrong is named', async () => {
    expect((await post('/echo', '{"text":"hé"}')).body).toEqual({ text: 'hé' });
    expect(await post('/echo', '{"text":"a","tags":["b",1]}')).toMatchObject({
      status: 400,
      body: {
        error: expect.stringMatching(/^body\.tags\[1\]: /),
        code: 'bad_schema',
        details: [{ field: 'body.tags[1]', problem: expect.any(String) }],
      },
    });
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1', ''])(
    'H07: of the type "%s" answer 415',
    async (type) => {
      expect((await post('/echo', Buffer.from('{"text":"a"}'), type)).status).toBe(415);
      expect((await post('/things/7/stop', Buffer.from('{}'), type)).status).toBe(415);
    },
  );

  test('may be left out where the route says so', async () => {
    expect((await send('/optional', { method: 'POST' })).body).toEqual({ got: null });
    expect((await send('/things/7/stop', { method: 'POST' })).body).toEqual({ stopped: true });
    expect((await post('/things/7/stop', '{}')).body).toEqual({ stopped: true });
    expect(await send('/echo', { method: 'POST' })).toMatchObject({ status: 400, body: { code: 'bad_json' } });
  });

  test('over the limit answer 413, whether or not they tell their length, and the connection lives on', async () => {
    const large = JSON.stringify({ text: 'x'.repeat(3000) });
    expect(await post('/echo', large)).toMatchObject({ status: 413, body: { code: 'too_large' } });
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
      const call = httpRequest(`${server.url}/echo`, { method: 'POST', headers }, (got) => {
        got.resume();
        resolve(got.statusCode);
      });
      call.on('error', reject);
      call.write(large);
      call.end();
    });
    expect(answer).toBe(413);
  });

  test.each<[string, string | Buffer, string]>([
    ['empty', '', 'bad_json'],
    ['cut short', '{"text":', 'bad_json'],
    ['null', 'null', 'bad_schema'],
    ['a list', '[]', 'bad_schema'],
    ['a number', '7', 'bad_schema'],
    ['with a byte order mark', '\ufeff{"text":"a"}', 'bad_json'],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'bad_json'],
    ['with half a surrogate pair', '{"text":"\\ud800"}', 'bad_json'],
    ['with a key that comes twice', '{"text":"a","text":"b"}', 'bad_json'],
    ['with __proto__', '{"__proto__":{"x":1},"text":"a"}', 'bad_json'],
    ['with constructor.prototype', '{"constructor":{"prototype":{"x":1}},"text":"a"}', 'bad_json'],
    ['with an unknown key', '{"text":"a","more":1}', 'bad_schema'],
  ])('H09, H10, H11: %s answer 400', async (_, body, code) => {
    const answer = await post('/echo', body);
    expect(answer).toMatchObject({ status: 400, body: { code } });
    expect(JSON.stringify(answer.body)).not.toMatch(/\bat .*\.[tj]s/);
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});

test('H10: bodies of 200,000 levels and of a million keys answer 400, and the server goes on', async () => {
  const roomy = await startServer(routes);
  const refused = async (body: string) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${roomy.url}/echo`, { method: 'POST', headers, body });
    return { status: answer.status, ...((await answer.json()) as object) };
  };
  const keys = Array.from({ length: 1_000_000 }, (_, at) => `"k${at}":1`).join();
  for (const body of [`{"text":${'['.repeat(200_000)}`, `{"text":${'{"a":'.repeat(200_000)}1${'}'.repeat(200_001)}`, `{${keys}}`])
    expect(await refused(body)).toEqual({ status: 400, code: 'bad_json', error: expect.any(String) });
  expect((await fetch(`${roomy.url}/health`)).status).toBe(200);
  await roomy.stop();
});

describe('health', () => {
  test('is 503 with the reason while a check finds a problem', async () => {
    expect((await send('/health')).body).toEqual({ ok: true });
    server.checks.push({ problem: () => undefined }, { problem: () => 'the disk is full' });
    const { status, body } = await send('/health');
    expect({ status, body }).toEqual({ status: 503, body: { ok: false, error: 'the disk is full' } });
    server.checks.length = 0;
  });
});

describe('access', () => {
  test('an allowed page may read the answer, errors included, and gets its preflight', async () => {
    const headers = { origin: 'https://ui.example', 'sec-fetch-site': 'cross-site' };
    const missing = await send('/nowhere', { headers });
    expect(missing.status).toBe(404);
    expect(missing.headers.get('access-control-allow-origin')).toBe('https://ui.example');
    expect(missing.headers.get('access-control-expose-headers')).toBe('X-Conversation-Id');
    const preflight = await send('/echo', {
      method: 'OPTIONS',
      headers: { ...headers, 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, POST, PUT, DELETE');
    expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type, authorization');
  });

  test.each(['https://evil.test', 'null', 'http://localhost.evil.test:24204'])(
    'H05, H06: a page of %s gets 403 and no CORS headers, in its preflight too',
    async (origin) => {
      const inits: RequestInit[] = [
        { headers: { origin } },
        { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } },
      ];
      for (const init of inits) {
        const { status, headers } = await send('/echo', init);
        expect(status).toBe(403);
        expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
      }
    },
  );

  test('a further rule may refuse, with headers of its own', async () => {
    server.rules.push({
      check: () => ({ status: 401, error: 'a token is needed', headers: { 'WWW-Authenticate': 'Bearer' } }),
    });
    const { status, headers, body } = await send('/empty');
    expect({ status, asks: headers.get('www-authenticate'), body }).toEqual({
      status: 401,
      asks: 'Bearer',
      body: { error: 'a token is needed' },
    });
    server.rules.length = 0;
  });
});

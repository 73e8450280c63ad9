import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { route } from './contract.js';
import { startServer, type TestServer } from './http-transport.fixture.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer([
    route({ method: 'GET', path: '/empty', summary: 'Nothing', handle: () => ({}) }),
    route({
      method: 'POST',
      path: '/echo',
      summary: 'Says it again',
      body: z.strictObject({ text: z.string() }),
      handle: ({ body }) => body,
    }),
  ]);
});
afterAll(() => server.stop());

/** Status and JSON body of the last answer in what came back. */
const read = (answer: string) => {
  const last = answer.slice(answer.search(/HTTP\/1\.1 \d{3} (?!.*HTTP\/1\.1 \d{3} )/s));
  const [head = '', body = ''] = last.split('\r\n\r\n');
  return { status: Number(head.slice(9, 12)), closes: /^connection: close$/im.test(head), body };
};
const close = 'Connection: close\r\n';

test.each<[string, string, number]>([
  ['a foreign Host', `GET /empty HTTP/1.1\r\nHost: evil.test\r\n${close}\r\n`, 403],
  ['no Host', `GET /empty HTTP/1.1\r\n${close}\r\n`, 400],
  ['no Host in HTTP/1.0', 'GET /empty HTTP/1.0\r\n\r\n', 400],
  ['two Hosts', `GET /empty HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n${close}\r\n`, 400],
  ['a malformed Host', `GET /empty HTTP/1.1\r\nHost: user@localhost\r\n${close}\r\n`, 400],
  ['another host in its target', `GET http://evil.test/empty HTTP/1.1\r\nHost: localhost\r\n${close}\r\n`, 403],
  ['the same host in its target', `GET http://localhost/empty HTTP/1.1\r\nHost: localhost\r\n${close}\r\n`, 200],
])('H03: a request with %s gets its answer', async (_, bytes, status) => {
  const answer = read(await server.raw(bytes));
  expect(answer.status).toBe(status);
  if (status !== 200) expect(JSON.parse(answer.body)).toEqual({ error: expect.any(String), code: expect.any(String) });
});

const host = 'Host: localhost\r\n';
const json = `${host}Content-Type: application/json\r\n`;
test.each<[string, string, number]>([
  ['a length and chunks', `POST /echo HTTP/1.1\r\n${json}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
  ['a bad chunk size', `POST /echo HTTP/1.1\r\n${json}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`, 400],
  ['a line feed in a header value', `GET /empty HTTP/1.1\r\n${host}X-A: a\nb\r\n\r\n`, 400],
  ['a carriage return in a header value', `GET /empty HTTP/1.1\r\n${host}X-A: a\rb\r\n\r\n`, 400],
  ['HTTP/0.9', 'GET /empty\r\n\r\n', 400],
  ['HTTP/2 in words', `GET /empty HTTP/2.0\r\n${host}\r\n`, 400],
  ['a body in GET', `GET /empty HTTP/1.1\r\n${host}Content-Length: 2\r\n\r\n{}`, 400],
  ['an unknown method', `FOO /empty HTTP/1.1\r\n${host}\r\n`, 400],
  ['a method nobody serves', `PROPFIND /empty HTTP/1.1\r\n${host}\r\n`, 405],
  ['TRACE', `TRACE /empty HTTP/1.1\r\n${host}\r\n`, 405],
  ['CONNECT', `CONNECT localhost:80 HTTP/1.1\r\n${host}\r\n`, 405],
  ['a path without a slash', `GET empty HTTP/1.1\r\n${host}\r\n`, 400],
  ['not HTTP at all', 'hello\r\n\r\n', 400],
  ['20 KiB of headers', `GET /empty HTTP/1.1\r\n${host}X-A: ${'a'.repeat(20_480)}\r\n\r\n`, 431],
  ['5,000 headers', `GET /empty HTTP/1.1\r\n${host}${'a: b\r\n'.repeat(5_000)}\r\n`, 431],
])('H13, H15: a request with %s is refused in JSON and its connection closed', async (_, bytes, status) => {
  const answer = read(await server.raw(bytes));
  expect({ status: answer.status, closes: answer.closes }).toEqual({ status, closes: true });
  expect(JSON.parse(answer.body)).toMatchObject({ error: expect.any(String) });
});

test('OPTIONS * tells what is served', async () => {
  const answer = await server.raw(`OPTIONS * HTTP/1.1\r\n${host}${close}\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 204 /);
  expect(answer).toMatch(/^Allow: GET, HEAD, POST, PUT, DELETE, OPTIONS\r$/m);
});

test('an expectation nobody can meet is 417 in JSON', async () => {
  const answer = read(await server.raw(`POST /echo HTTP/1.1\r\n${json}${close}Expect: tea\r\nContent-Length: 2\r\n\r\n{}`));
  expect(answer.status).toBe(417);
});

test('requests that follow each other in one packet are answered in order', async () => {
  const one = `GET /empty HTTP/1.1\r\n${host}\r\n`;
  const answer = await server.raw(`${one}${one}GET /nowhere HTTP/1.1\r\n${host}${close}\r\n`);
  expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 404']);
});

test('what follows a request that still waits for its answer cannot answer in its place', async () => {
  const waiting = await startServer([route({ method: 'GET', path: '/wait', summary: 'Waits', handle: () => new Promise(() => {}) })]);
  expect(await waiting.raw(`GET /wait HTTP/1.1\r\n${host}\r\nnonsense\r\n\r\n`)).toBe('');
  await waiting.stop();
});

test('H14: slow headers and a slow body are cut, and others are served meanwhile', async () => {
  const slow = await startServer([route({ method: 'POST', path: '/echo', summary: 'Echo', body: z.unknown(), handle: () => ({}) })]);
  const { server: inner } = slow.transport;
  expect({ headers: inner.headersTimeout, whole: inner.requestTimeout }).toEqual({ headers: 10_000, whole: 30_000 });
  inner.headersTimeout = 100;
  inner.requestTimeout = 200;
  const waiting = Array.from({ length: 500 }, (_, at) =>
    slow.raw(at % 2 ? `GET / HTTP/1.1\r\n${host}` : `POST /echo HTTP/1.1\r\n${json}Content-Length: 50\r\n\r\n{`),
  );
  expect((await fetch(`${slow.url}/health`)).status).toBe(200);
  for (const answer of await Promise.all(waiting)) expect(read(answer)).toMatchObject({ status: 408, closes: true });
  await slow.stop();
});

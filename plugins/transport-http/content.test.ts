import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Content, route } from './contract.js';
import { startServer, type TestServer } from './http-transport.fixture.js';

const picture = Uint8Array.from({ length: 300 }, (_, i) => i % 256);
const at = (path: string, media: string, answer: () => Content) => route({ method: 'GET', path, summary: '', media, handle: answer });

let server: TestServer;
beforeAll(async () => {
  server = await startServer([
    at('/page', 'text/html', () => new Content('text/html; charset=utf-8', '<p>ä', { 'Content-Security-Policy': "default-src 'self'" })),
    at('/kept', 'image/png', () => new Content('image/png', picture, { 'Cache-Control': 'no-cache' })),
    at('/plain', 'text/plain', () => new Content('text/plain; version=0.0.4', '')),
  ]);
});
afterAll(() => server.stop());

test('a page goes out as it is, with the safety headers and a policy of its own', async () => {
  const answer = await fetch(`${server.url}/page`);
  expect([answer.status, await answer.text()]).toEqual([200, '<p>ä']);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-length': '5',
    'content-security-policy': "default-src 'self'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  });
  expect(answer.headers.has('etag')).toBe(false);
});

test('without a policy of its own it may load nothing', async () => {
  const answer = await fetch(`${server.url}/plain`);
  expect([answer.status, await answer.text()]).toEqual([200, '']);
  expect(answer.headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
});

test('bytes arrive as they are, and 304 goes to who has them', async () => {
  const first = await fetch(`${server.url}/kept`);
  expect(new Uint8Array(await first.arrayBuffer())).toEqual(picture);
  const tag = first.headers.get('etag') ?? '';
  expect(tag).toMatch(/^"[\w-]{43}"$/);
  const again = (given: string) => fetch(`${server.url}/kept`, { headers: { 'if-none-match': given } });
  for (const given of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
    const answer = await again(given);
    expect([answer.status, await answer.text(), answer.headers.get('etag')]).toEqual([304, '', tag]);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  }
  for (const given of ['"other"', '', tag.slice(1, -1)]) expect((await again(given)).status).toBe(200);
});

test('HEAD is answered like GET, without the body', async () => {
  for (const path of ['/page', '/kept']) {
    const [head, get] = [await fetch(server.url + path, { method: 'HEAD' }), await fetch(server.url + path)];
    const headers = (answer: Response) =>
      Object.entries(Object.fromEntries(answer.headers)).filter(([name]) => !['date', 'connection', 'keep-alive'].includes(name));
    expect(headers(head)).toEqual(headers(get));
    expect((await head.arrayBuffer()).byteLength).toBe(0);
    await get.arrayBuffer();
  }
});

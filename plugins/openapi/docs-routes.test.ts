import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startServer, type TestServer } from '../transport-http/http-transport.fixture.js';
import { DocsRoutes } from './docs-routes.js';
import { OpenApiRoutes } from './openapi-routes.js';
import { swaggerFile } from './swagger-file.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer([]);
  server.groups.push(new DocsRoutes(), new OpenApiRoutes(server.transport));
});
afterAll(() => server.stop());

const get = (path: string) => fetch(server.url + path);

test('the page holds no script and no style of its own, and everything it asks for is answered by this server', async () => {
  const page = await get('/docs');
  const html = await page.text();
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=/);
  const loaded = [...html.matchAll(/<(?:script|link)\b[^>]*\b(?:src|href)="([^"]+)"/g)].map(([, address]) => address as string);
  expect(loaded.filter((address) => address !== 'data:,')).toEqual([
    '/docs/swagger-ui.css',
    '/docs/page.css',
    '/docs/swagger-ui-bundle.js',
    '/docs/start.js',
  ]);
  for (const address of loaded.filter((each) => each.startsWith('/'))) {
    const answer = await get(address);
    expect([address, answer.status, answer.headers.get('content-type')]).toEqual([
      address,
      200,
      address.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8',
    ]);
    expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(100);
  }
});

test('the policy lets the page load from this server only, and run no inline script', async () => {
  const policy = new Map(
    ((await get('/docs')).headers.get('content-security-policy') ?? '').split('; ').map((each) => {
      const [name, ...sources] = each.split(' ');
      return [name as string, sources] as const;
    }),
  );
  expect(policy.get('default-src')).toEqual(["'none'"]);
  expect(policy.get('script-src')).toEqual(["'self'"]);
  expect(policy.get('connect-src')).toEqual(["'self'"]);
  expect(policy.get('frame-ancestors')).toEqual(["'none'"]);
  for (const [name, sources] of policy)
    expect([name, sources.filter((each) => !["'self'", "'none'", "'unsafe-inline'", 'data:'].includes(each))]).toEqual([name, []]);
});

test('the style sheets refer to nothing outside of themselves', async () => {
  for (const path of ['/docs/swagger-ui.css', '/docs/page.css'])
    for (const [, address] of (await (await get(path)).text()).matchAll(/(?:url\(|@import\s+)["']?([^"')]*)/g))
      expect(address).toMatch(/^(data:|#)/);
});

test('the start script hands the library the document of this server and no validator elsewhere', async () => {
  const text = await (await get('/docs/start.js')).text();
  let given: Record<string, unknown> = {};
  const page = { getElementById: (id: string) => ({ id }) };
  new Function('SwaggerUIBundle', 'document', text)((options: Record<string, unknown>) => (given = options), page);
  expect(given).toMatchObject({ url: '/openapi.json', domNode: { id: 'docs' }, validatorUrl: null });
  expect((given.requestInterceptor as (request: unknown) => unknown)({ headers: {} })).toEqual({ headers: { 'X-Dispatch-CSRF': '1' } });
});

test('the document follows the plugins that come and go', async () => {
  const paths = async () => Object.keys(((await (await get('/openapi.json')).json()) as { paths: object }).paths);
  const own = [
    '/docs',
    '/docs/page.css',
    '/docs/start.js',
    '/docs/swagger-ui-bundle.js',
    '/docs/swagger-ui.css',
    '/health',
    '/openapi.json',
  ];
  expect(await paths()).toEqual(own);
  const group = { routes: [{ method: 'GET' as const, path: '/new/:id', summary: 'New', handle: () => ({}) }] };
  server.groups.push(group);
  expect(await paths()).toContain('/new/{id}');
  server.groups.splice(server.groups.indexOf(group), 1);
  expect(await paths()).toEqual(own);
});

test('the document is not sent again to who has it', async () => {
  const tag = (await get('/openapi.json')).headers.get('etag') ?? '';
  const again = await fetch(`${server.url}/openapi.json`, { headers: { 'if-none-match': tag } });
  expect(again.status).toBe(304);
});

test('where the library is not installed, that is said with what to do', async () => {
  const elsewhere = pathToFileURL(join(realpathSync(mkdtempSync(join(tmpdir(), 'dispatch-docs-'))), 'server.js')).href;
  await expect(swaggerFile('swagger-ui.css', elsewhere)).rejects.toMatchObject({
    name: 'HttpError',
    status: 500,
    message: 'the package "swagger-ui-dist" is not installed whole (MODULE_NOT_FOUND): run npm install where the server is',
    extra: { code: 'missing_package' },
  });
});

test.each([
  ...['/docs/..%2f..%2fetc/passwd', '/..%2f..%2fetc/passwd', '/docs/%2e%2e/package.json', '/docs/../package.json'],
  ...['/docs/.env', '/docs/swagger-ui.css.map', '/docs/swagger-ui.css%00.js', '/docs//etc/passwd', '/docs/swagger-ui-dist/package.json'],
])('H17: no file can be asked for but those that the page loads: %s', async (path) => {
  const answer = await server.raw(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  expect(answer).not.toMatch(/root:|"name":/);
});

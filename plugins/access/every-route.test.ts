import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Clock, Config } from 'dispatch/kernel';
import { hostWith, type TestHost } from 'dispatch/testing';
import { loadConfig } from '../../config/index.js';
import { PluginControl } from '../plugin-manager/contract.js';
import { PluginSettings } from '../plugin-settings/contract.js';
import { ProjectPlugins } from '../project-plugins/contract.js';
import { HttpServer, isOpenRoute, type Route, RouteList } from '../transport-http/contract.js';
import { folder, goodToken } from './access-server.fixture.js';

const plugins = join(process.cwd(), 'plugins');
let host: TestHost;
let url: string;
let dataDir: string;
let routes: readonly Route[];

/** What the composition root gives besides: nobody without the token comes so far that it is asked for anything. */
const quiet = { onChange: () => () => undefined, ids: () => [] };
const fromTheServer = [PluginControl, PluginSettings, ProjectPlugins].map((id): [symbol, unknown] => [id, quiet]);

/** All bundled plugins on one host, as the server has them. */
beforeAll(async () => {
  dataDir = folder();
  const flags = { 'http.port': 0, 'ws.port': 0, auth: 'token', dataDir };
  const config = loadConfig({ flags, env: { DISPATCH_TOKEN: goodToken }, cwd: folder(), home: folder(), files: [] }).asConfig();
  const clock: Clock = {
    now: Date.now,
    elapsed: () => performance.now(),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(done, ms).unref();
        signal?.addEventListener('abort', done);
      }),
  };
  const found = readdirSync(plugins).filter((name) => existsSync(join(plugins, name, 'index.ts')));
  const all: unknown[] = [];
  for (const name of found) all.push(((await import(join(plugins, name, 'index.ts'))) as { default: unknown }).default);
  host = await hostWith(all, {
    given: [[Config, config], [Clock, clock], ...fromTheServer],
  });
  url = `http://127.0.0.1:${host.get(HttpServer).port}`;
  routes = host.get(RouteList).served();
});
afterAll(() => host?.stop());

/** Where a request reaches a route. */
const target = ({ path }: Route) => url + path.replaceAll(/:\w+/g, 'default');

describe('without the token', () => {
  test('H01: every route of every plugin answers 401 in one and the same shape', async () => {
    expect(routes.length).toBeGreaterThan(40);
    const seen = new Map<string, string[]>();
    for (const [i, route] of routes.filter((each) => each.path !== '/health').entries()) {
      const body = route.method === 'POST' || route.method === 'PUT' ? '{"message":"hi","cwd":"/","text":"x","title":"x"}' : undefined;
      const headers = {
        ...(body && { 'content-type': 'application/json' }),
        ...(i < 5 && { authorization: 'Bearer wrong-but-long-enough-token' }),
      };
      const answer = await fetch(target(route), { method: route.method, headers, body, redirect: 'manual' });
      const told = JSON.stringify({ status: answer.status, asks: answer.headers.get('www-authenticate'), body: await answer.json() });
      seen.set(told, [...(seen.get(told) ?? []), `${route.method} ${route.path}`]);
    }
    expect([...seen].map(([told, by]) => [JSON.parse(told), by.length])).toEqual([
      [{ status: 401, asks: 'Bearer', body: { error: expect.any(String), code: 'unauthorized' } }, routes.length - 1],
    ]);
    const answer = await fetch(`${url}/conversations`, { headers: { authorization: `Bearer ${goodToken}` } });
    expect(await answer.json()).toEqual({ conversations: [] });
    expect(readdirSync(dataDir).filter((name) => !/^dispatch\./.test(name))).toEqual([]);
  });

  test('H01: only /health, the exchange of launch codes and the files of the web page are open', () => {
    const open = routes.filter(isOpenRoute).map(({ method, path }) => `${method} ${path}`);
    const files = open.filter((each) => !['GET /health', 'GET /launch', 'POST /access/login'].includes(each));
    expect(open).toEqual(expect.arrayContaining(['GET /health', 'GET /launch', 'POST /access/login']));
    for (const each of files) expect(each).toMatch(/^GET /);
  });

  test.each(['/openapi.json', '/docs', '/metrics', '/nowhere', '/plugins'])('H27: %s tells nothing', async (path) => {
    const answer = await fetch(url + path);
    expect([answer.status, await answer.json()]).toEqual([401, { error: expect.any(String), code: 'unauthorized' }]);
  });
});

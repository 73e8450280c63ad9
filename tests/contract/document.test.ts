import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { PluginsAnswer } from 'dispatch/wire';
import { type Document, OpenAPIClientAxios } from 'openapi-client-axios';
import { folder, root } from '../real-server.fixture.js';
import { DescribedServer } from './described-server.fixture.js';
import type { RawDocument } from './document.fixture.js';

const plugins = folder('openapi-plugins');
let described: DescribedServer;
beforeAll(async () => {
  mkdirSync(join(plugins, 'dice'), { recursive: true });
  writeFileSync(
    join(plugins, 'dice/index.mjs'),
    `export default class {
  static plugin = { id: 'dice', provides: 'dispatch.route[]' };
  routes = [{ method: 'GET', path: '/dice/:sides', summary: 'Roll a die', handle: ({ params }) => ({ sides: params.sides }) }];
}`,
  );
  described = await DescribedServer.start({}, { DISPATCH_PLUGINS: plugins });
}, 60_000);
afterAll(() => described.stop());

const document = () => described.server.get<RawDocument>('/openapi.json');

test('the document is a valid one of OpenAPI 3.1', async () => {
  const raw = await document();
  expect(raw.openapi).toBe('3.1.0');
  const validate = join(root, 'tests/contract/validate-document.mjs');
  expect(execFileSync(process.execPath, [validate], { input: JSON.stringify(raw), encoding: 'utf8' })).toBe('');
});

test('it lists what is served and nothing else: each method of each path', async () => {
  const raw = await document();
  const shape = (path: string) => new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
  for (const path of Object.keys(raw.paths)) {
    const told = await described.send('OPTIONS', path.replaceAll(/\{\w+\}/g, 'x'));
    const allowed = (told.headers.get('allow') ?? '').split(', ').filter((each) => !['HEAD', 'OPTIONS', ''].includes(each));
    expect([path, told.status]).toEqual([path, 204]);
    const there = Object.entries(raw.paths).filter(([each]) => shape(each).test(path.replaceAll(/\{\w+\}/g, 'x')));
    const listed = there.flatMap(([, methods]) => Object.keys(methods).map((each) => each.toUpperCase()));
    expect([path, allowed.sort()]).toEqual([path, [...new Set(listed)].sort()]);
  }
});

test('a route of a dropped plugin is in it, once that plugin runs', async () => {
  for (;;) {
    const { plugins: all } = await described.server.get<PluginsAnswer>('/plugins');
    if (all.find(({ id }) => id === 'dice')?.state === 'active') break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect((await document()).paths['/dice/{sides}']?.get).toMatchObject({
    summary: 'Roll a die',
    parameters: [{ name: 'sides', in: 'path', required: true }],
  });
  expect(await described.server.get('/dice/6')).toEqual({ sides: '6' });
});

test('every operation has a summary, an id of its own, and says what else it may answer', async () => {
  const { operations } = described.document;
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const { path, summary, errors, parameters, body } of operations) {
    expect([path, summary.trim()]).toEqual([path, expect.stringMatching(/\S{3}/)]);
    if (parameters.length > 0 || body) expect([path, errors]).toEqual([path, expect.arrayContaining([400])]);
    if (body) expect([path, errors]).toEqual([path, expect.arrayContaining([413, 415])]);
  }
});

test('every body and every JSON answer of ours has a name, which is that of the type it agrees with', () => {
  const neverFine = ['/ws', '/launch']; // an upgrade, and a redirection
  const ours = described.document.operations.filter(({ path }) => !path.startsWith('/dice'));
  const nameless = ours.flatMap(({ method, path, body, answer }) => [
    ...(body && !body.schema.$ref ? [`the body of ${method} ${path}`] : []),
    ...(/json/.test(answer.media) && !answer.schema.$ref && !neverFine.includes(path) ? [`the answer of ${method} ${path}`] : []),
  ]);
  expect(nameless).toEqual([]);
});

test('a client that is generated from it can talk to the server', async () => {
  const api = new OpenAPIClientAxios({
    definition: structuredClone(await document()) as unknown as Document,
    withServer: { url: described.server.url },
    axiosConfigDefaults: { adapter: 'http', validateStatus: () => true },
  });
  const client = await api.init();
  const call = (id: string, ...rest: unknown[]) =>
    (client as unknown as Record<string, (...args: unknown[]) => Promise<{ status: number; data: unknown }>>)[id]?.(...rest);
  expect((await call('getHealth'))?.data).toEqual({ ok: true });
  const lines = String((await call('postChat', null, { conversationId: 'generated', message: 'hi' }))?.data)
    .trim()
    .split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { type: string }).type).at(-1)).toBe('turn-sealed');
  expect((await call('getConversationsById', { id: 'generated', sinceSeq: 1 }))?.data).toMatchObject({ latestSeq: 2 });
  expect((await call('putConversationsByIdTitle', { id: 'generated' }, { title: 'By a generated client' }))?.data).toEqual({
    conversationId: 'generated',
    title: 'By a generated client',
  });
  expect((await call('getWorkspacesById', { id: 'nowhere' }))?.status).toBe(404);
});

test('the page and everything it loads come from the server as it is installed', async () => {
  const page = await described.send('GET', '/docs');
  const loaded = [...page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, address]) => address as string);
  expect(loaded).toHaveLength(5); // the document itself, for who has no script, among them
  for (const address of loaded) {
    const told = await described.send('GET', address);
    expect([address, told.status]).toEqual([address, 200]);
    expect(told.text.length).toBeGreaterThan(100);
  }
});

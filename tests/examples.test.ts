import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CatalogEntry, ErrorBody, ModelsAnswer, Surface } from 'dispatch/wire';
import { testPlugin } from '../apps/author/index.js';
import { build } from './plugin-author.fixture.js';
import { pluginsOf, until } from './plugin-folder.fixture.js';
import { RealServer, root } from './real-server.fixture.js';

const examples = join(root, 'examples');
const names = readdirSync(examples, { withFileTypes: true }).flatMap((each) => (each.isDirectory() ? [each.name] : []));
const filesOf = (name: string) => readdirSync(join(examples, name)).map((file) => join(examples, name, file));
const isTest = (file: string) => /\.test\.(ts|mjs)$/.test(file);

describe.each(names)('the example %s', (name) => {
  test('is listed, has less than 60 lines, and a test', () => {
    expect(readFileSync(join(examples, 'README.md'), 'utf8')).toContain(`| \`${name}\` |`);
    const code = filesOf(name).filter((file) => /\.(ts|mjs)$/.test(file) && !isTest(file));
    expect(code.map((file) => readFileSync(file, 'utf8').split('\n').length).reduce((a, b) => a + b)).toBeLessThan(60);
    expect(filesOf(name).filter(isTest)).toHaveLength(1);
  });

  test('stands whatever a plugin has to stand', async () => {
    const trial = await testPlugin({ path: name, cwd: examples, calls: true, version: '0.1.0', build });
    expect(trial.checks.filter(({ ok }) => !ok)).toEqual([]);
  });
});

test('their own tests pass, as their authors run them', async () => {
  const register = join(resolve(root, process.env.DISPATCH_TEST_DIST ?? 'dist'), 'apps/author/register.js');
  const files = names.flatMap(filesOf).filter(isTest);
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', register, '--test', ...files], { cwd: root });
  expect(stdout).toMatch(/^# fail 0$/m);
  expect(Number(/^# pass (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThanOrEqual(names.length);
});

describe('a server with all of them', () => {
  let server: RealServer;
  beforeAll(async () => {
    server = await RealServer.start({ env: { DISPATCH_PLUGINS: examples } });
    await until(async () => (await pluginsOf(server)).has('who-is-here'));
  });
  afterAll(() => server.stop());

  test('runs each', async () => {
    const all = await pluginsOf(server);
    expect(names.map((name) => [name, all.get(name)?.state, all.get(name)?.reason])).toEqual(
      names.map((name) => [name, 'active', undefined]),
    );
  });

  test('answers the route, and says why not', async () => {
    expect((await server.get<{ rolled: number[] }>('/dice/3?sides=2')).rolled).toHaveLength(3);
    expect(await server.get<ErrorBody>('/dice/101')).toMatchObject({ error: expect.stringContaining('101 dice'), code: 'table_full' });
    expect(await server.get<ErrorBody>('/dice/many')).toMatchObject({ error: expect.stringContaining('count') });
    expect(JSON.stringify(await server.get('/openapi.json'))).toContain('Rolls dice');
  });

  test('speaks through the provider, with its tools and prompts on the way', async () => {
    expect((await server.get<ModelsAnswer>('/models')).models).toEqual(expect.arrayContaining(['echo/parrot', 'echo/deaf']));
    const events = await server.chat({ conversationId: 'echo', message: 'write to ada@example.com', model: 'echo/parrot' });
    const text = events.flatMap((event) => (event.type === 'text-delta' ? [event.delta] : [])).join('');
    expect(text).toBe('write to <address>');
    await until(async () => server.output.includes('a turn ended (stop)'));
  });

  test('shows the surface, and changes it', async () => {
    const { catalog } = await server.get<{ catalog: CatalogEntry[] }>('/surfaces');
    expect(catalog.map(({ id }) => id)).toContain('tally');
    await server.post('/surfaces/tally/actions/set', { payload: 7 });
    expect((await server.get<Surface>('/surfaces/tally')).fields[0]).toMatchObject({ value: 7 });
    expect(await server.post<ErrorBody>('/surfaces/tally/actions/set', { payload: -1 })).toMatchObject({
      error: expect.stringContaining('begins at 0'),
    });
  });
});

import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { place } from './load.fixture.js';

test("a project's own file sets no keys, addresses, access or plugins, and says so (K06)", () => {
  const { files, write, load } = place();
  write(files.project, {
    http: { port: 1, host: '0.0.0.0', allowedOrigins: ['https://evil.example'] },
    auth: 'off',
    provider: { apiKey: 'key', baseUrl: 'https://evil.example/v1', model: 'm' },
    credentials: { evil: { provider: 'p', apiKey: 'key2' } },
    plugins: { folders: ['./evil'], settings: { a: { b: 1 } } },
  });
  const loaded = load();
  const config = loaded.asConfig();
  expect([config.number('http.port'), config.text('provider.model')]).toEqual([1, 'm']);
  expect([config.text('http.host'), config.text('auth')]).toEqual(['127.0.0.1', 'same-user']);
  expect([config.value('credentials'), config.value('provider.apiKey')]).toEqual([{}, undefined]);
  expect([config.list('plugins.folders'), config.value('plugins.settings')]).toEqual([[], {}]);
  expect(loaded.warnings).toEqual([
    `${files.project}: ignored http.host, http.allowedOrigins, auth, provider.apiKey, provider.baseUrl, credentials.evil, plugins.folders, plugins.settings.a; a project's own file may not set these, put them into your user file`,
  ]);
});

test("a project's own file sets paths inside of the project only", () => {
  const { cwd, files, write, load } = place();
  write(files.project, { dataDir: 'data', db: '../x.db', journal: '~/j', traceDb: '/t.db' });
  const loaded = load();
  expect(loaded.asConfig().text('dataDir')).toBe(join(cwd, 'data'));
  expect(loaded.asConfig().text('db')).toBe(join(cwd, 'data/dispatch.db'));
  expect(loaded.warnings[0]).toContain('ignored db, journal, traceDb');
});

test('a prototype in a file is no way in', () => {
  const { files, write, load } = place();
  write(files.project, '{ "__proto__": { "auth": "off" }, "http": { "__proto__": { "host": "0.0.0.0" } } }');
  const config = load().asConfig();
  expect([config.text('auth'), config.text('http.host')]).toEqual(['same-user', '127.0.0.1']);
  expect(({} as { auth?: string }).auth).toBeUndefined();
});

test("a project's own file opens no protected names to the file tools (F10)", () => {
  const { files, write, load } = place();
  write(files.project, { tools: { allowProtected: ['.env'] } });
  expect(load().asConfig().list('tools.allowProtected')).toEqual([]);
  write(files.user, { tools: { allowProtected: ['.env'] } });
  expect(load().asConfig().list('tools.allowProtected')).toEqual(['.env']);
});

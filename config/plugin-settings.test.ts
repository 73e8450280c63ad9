import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { place } from './load.fixture.js';
import { PluginSettingsFiles } from './plugin-settings.js';

function settings() {
  const { files, write, load, cwd } = place();
  const paths = (['project', 'user', 'system'] as const).map((scope) => ({ scope, path: files[scope] }));
  return { files, write, load, cwd, kept: new PluginSettingsFiles(paths) };
}

test("the user's own file counts before the machine's, and a project's says nothing", () => {
  const { files, write, kept } = settings();
  write(files.project, { plugins: { settings: { weather: { city: 'Nowhere' } } } });
  expect(kept.read('weather')).toEqual({ values: {} });
  write(files.system, { plugins: { settings: { weather: { city: 'Ulm' } } } });
  expect(kept.read('weather')).toEqual({ values: { city: 'Ulm' }, from: files.system });
  write(files.user, { plugins: { settings: { weather: { city: 'Bonn' } } } });
  expect(kept.read('weather')).toEqual({ values: { city: 'Bonn' }, from: files.user });
});

test("what is kept goes into the user's own file, whose comments stay, for its owner only to read", () => {
  const { files, write, load, kept, cwd } = settings();
  write(files.user, '{\n  // mine\n  "http": { "port": 1 }, /* and this */\n}\n', 0o644);
  expect(kept.write('weather', { city: 'Köln', key: 'k' })).toBe(files.user);
  const text = readFileSync(files.user, 'utf8');
  expect(text).toContain('// mine');
  expect(text).toContain('/* and this */');
  expect(load().asConfig().value('plugins.settings')).toEqual({ weather: { city: 'Köln', key: 'k' } });
  expect(load().asConfig().number('http.port')).toBe(1);
  expect(statSync(files.user).mode & 0o777).toBe(0o600);
  kept.write('weather', {});
  expect(kept.read('weather')).toEqual({ values: {}, from: files.user });
  expect([readdirSync(dirname(files.user)), readdirSync(cwd)]).toEqual([['dispatch.config.jsonc'], []]);
});

test('the file is made where there is none, and a link to it stays a link', () => {
  const { files, kept, cwd, write } = settings();
  kept.write('weather', { city: 'Bonn' });
  expect(kept.read('weather').from).toBe(files.user);
  expect(statSync(files.user).mode & 0o777).toBe(0o600);

  const other = settings();
  mkdirSync(dirname(other.files.user), { recursive: true });
  symlinkSync(write(join(cwd, 'dotfiles.jsonc'), {}), other.files.user);
  other.kept.write('weather', { city: 'Ulm' });
  expect(lstatSync(other.files.user).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(cwd, 'dotfiles.jsonc'), 'utf8')).toContain('Ulm');
});

test('a file that cannot be understood is named, and left as it is', () => {
  const { files, write, kept } = settings();
  write(files.user, '{ "plugins": ');
  expect(() => kept.read('weather')).toThrow(`${files.user}:1:`);
  expect(() => kept.write('weather', {})).toThrow('is not JSON with comments');
  expect(readFileSync(files.user, 'utf8')).toBe('{ "plugins": ');
  write(files.user, { plugins: { settings: { weather: 'secret' } } });
  expect(() => kept.read('weather')).toThrow(`plugins.settings.weather (from ${files.user}) must be an object`);
});

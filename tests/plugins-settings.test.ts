import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { PluginStatus, Surface } from 'dispatch/wire';
import { run } from './cli.fixture.js';
import { PluginFolder, plain, pluginsOf, until } from './plugin-folder.fixture.js';
import { RealServer, root } from './real-server.fixture.js';
import { ScriptedProvider } from './scripted-provider.fixture.js';

interface View {
  fields: { key: string; secret: boolean }[];
  values: Record<string, unknown>;
  from?: string;
  keptIn: string;
  problem?: string;
  error?: string;
  code?: string;
}

let provider: ScriptedProvider;
let server: RealServer;
let file: string;
const plugins = new PluginFolder();
/** Never to be seen outside of the file. */
const hidden = ['hush-one-1111', 'hush-two-2222', 'hush-three-3333', 'hush-four-4444'] as const;
const seen: string[] = [];

const schema = `{ type: 'object', properties: {
  city: { type: 'string', minLength: 2, description: 'Where it is looked at.' },
  pin: { type: 'string', secret: true, maxLength: 20 },
  units: { enum: ['km', 'mi'], default: 'km' },
  days: { type: 'integer', minimum: 1, maximum: 7, default: 3 },
  loud: { type: 'boolean' } }, required: ['city'], additionalProperties: false }`;
const weather = plain(
  'weather',
  'dispatch.tool[]',
  `constructor(settings, logger) {
    this.settings = settings;
    if (settings.value('city') === 'Atlantis') throw new Error('nothing is known of it, not even with ' + settings.value('pin'));
    logger.info('the pin is ' + settings.value('pin'));
  }
  name = 'weather'; description = 'Says where.'; input = { type: 'object', properties: {} };
  execute() { return [this.settings.text('city'), this.settings.text('units'), this.settings.number('days')].join(' '); }`,
  `, inject: ['dispatch.settings', 'dispatch.logger'], settings: ${schema}`,
);

beforeAll(async () => {
  provider = await ScriptedProvider.listen();
  plugins.write('weather/index.mjs', weather);
  cpSync(join(root, 'examples/turn-notice'), join(plugins.path, 'turn-notice'), { recursive: true });
  server = await RealServer.start({
    providerUrl: provider.baseUrl,
    env: { DISPATCH_PLUGINS: plugins.path },
    userConfig: { plugins: { settings: { weather: { pin: hidden[0] } } } },
  });
  file = join(server.cwd, '.home/.config/dispatch/dispatch.config.json');
}, 60_000);
afterAll(async () => {
  expect(await server.stop()).toBe(0);
  await provider.close();
  for (const each of [...seen, server.output]) for (const secret of hidden) expect(each).not.toContain(secret);
  rmSync(plugins.path, { recursive: true });
});

const stateOf = async (name: string): Promise<PluginStatus | undefined> => (await pluginsOf(server)).get(name);
async function ask(method: string, path: string, body?: unknown): Promise<View & Surface> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(server.url + path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
  seen.push(await answer.clone().text(), JSON.stringify(await server.get('/plugins')));
  return (await answer.json()) as View & Surface;
}
const put = (values: object, id = 'weather') => ask('PUT', `/plugins/${id}/settings`, { values });
const act = (action: string, payload?: unknown) => ask('POST', `/surfaces/settings-weather/actions/${action}`, { payload });
const kept = () => JSON.parse(readFileSync(file, 'utf8')).plugins.settings.weather;
async function says(): Promise<string> {
  provider.inTurn({ calls: [{ name: 'weather', args: {} }] }, { text: ['ok'] });
  const events = await server.chat({ message: 'go' });
  return events.flatMap((event) => (event.type === 'tool-result' ? [event.content] : [])).join();
}
const cli = async (...args: string[]) => {
  const outcome = await run(server, args);
  seen.push(outcome.out, outcome.err);
  return outcome;
};

test('P10: a plugin whose settings are not as it declares them does not run, and says which one and why', async () => {
  await until(async () => (await stateOf('weather'))?.state === 'failed');
  expect((await stateOf('weather'))?.reason).toContain(
    'its settings are not as it declares them: plugins.settings.weather.city: is missing, and has to be given',
  );
});

test('its settings are shown all the same, secrets as ***, and once they are given it runs with them', async () => {
  const view = await ask('GET', '/plugins/weather/settings');
  expect(view).toMatchObject({ values: { pin: '***' }, from: file, keptIn: file, problem: expect.stringContaining('.city: is missing') });
  expect(view.fields.map(({ key, secret }) => [key, secret])).toEqual([
    ...[
      ['city', false],
      ['pin', true],
      ['units', false],
      ['days', false],
      ['loud', false],
    ],
  ]);

  const given = await put({ city: 'Bonn', pin: '***', days: 2 });
  expect(given).toMatchObject({ values: { city: 'Bonn', pin: '***', days: 2 } });
  expect(given.problem).toBeUndefined();
  expect(kept()).toEqual({ city: 'Bonn', pin: hidden[0], days: 2 });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect((await stateOf('weather'))?.state).toBe('active');
  expect(await says()).toBe('Bonn km 2');
});

test('what is wrong is refused as a whole, with the setting named and its value not', async () => {
  const refused = await put({ city: 'Bonn', pin: `${hidden[1]} and too long`, units: 'inch' });
  expect(refused).toEqual({
    code: 'settings_refused',
    error:
      'nothing was changed: plugins.settings.weather.pin: must NOT have more than 20 characters; plugins.settings.weather.units: must be one of "km", "mi"',
  });
  expect(await put({ city: 'Bonn', unit: 'mi' })).toMatchObject({ error: expect.stringContaining('did you mean "units"?') });
  expect(await put({}, 'nobody')).toEqual({ code: 'settings_unknown', error: 'no plugin "nobody" declares settings' });
  expect(kept()).toEqual({ city: 'Bonn', pin: hidden[0], days: 2 });
});

test('a surface is made of the schema; each field changes one setting, and null takes it back', async () => {
  const { catalog } = await server.get<{ catalog: { id: string }[] }>('/surfaces');
  expect(catalog.map(({ id }) => id)).toEqual(expect.arrayContaining(['settings-weather', 'settings-turn-notice']));
  const surface = await ask('GET', '/surfaces/settings-weather');
  expect(surface.fields).toMatchObject([
    {
      kind: 'custom',
      rendererId: 'setting',
      payload: { field: { key: 'city', kind: 'text' }, isSet: true, value: 'Bonn', actionId: 'set/city' },
    },
    { kind: 'custom', rendererId: 'setting', payload: { field: { key: 'pin', secret: true }, isSet: true, actionId: 'set/pin' } },
    {
      kind: 'selector',
      label: 'Units',
      value: 'km',
      options: [
        { value: 'km', label: 'km' },
        { value: 'mi', label: 'mi' },
      ],
    },
    { kind: 'number', label: 'Days', value: 2, min: 1, max: 7, step: 1, action: { actionId: 'set/days' } },
    { kind: 'toggle', label: 'Loud', value: false },
    { kind: 'stat', label: 'Kept in', value: file },
  ]);
  await act('set/units', 'mi');
  expect(await says()).toBe('Bonn mi 2');
  expect(await act('set/days', 9)).toEqual({
    code: 'surface_refused',
    error: 'nothing was changed: plugins.settings.weather.days: must be <= 7',
  });
  await act('set/days', null);
  await act('set/pin', hidden[2]);
  await act('save', { city: 'Ulm', units: null });
  expect(kept()).toEqual({ city: 'Ulm', pin: hidden[2] });
  expect(await says()).toBe('Ulm km 3');
});

test('settings that a plugin cannot start with leave the one that runs in place, and say so without the secret', async () => {
  const given = await put({ city: 'Atlantis', pin: hidden[3] });
  expect(given.problem).toBe('"weather" did not start: nothing is known of it, not even with ***');
  expect((await stateOf('weather'))?.note).toContain('not even with ***');
  expect(await says()).toBe('Ulm km 3');
  await put({ city: 'Ulm', pin: '***' });
  expect((await stateOf('weather'))?.note).toBeUndefined();
});

test('what somebody writes into the file counts once the plugin is loaded again', async () => {
  const content = JSON.parse(readFileSync(file, 'utf8'));
  content.plugins.settings.weather.city = 'Jena';
  writeFileSync(file, JSON.stringify(content));
  expect(await server.post('/plugins/weather/reload')).toMatchObject({ state: 'active' });
  expect(await says()).toBe('Jena km 3');
});

test('dispatch config explain says what a setting of a plugin is for, its value and where that is from', async () => {
  expect((await cli('config', 'explain', 'plugins.settings.weather.city')).out).toBe(
    `plugins.settings.weather.city = Jena\n  from ${file}\n  Where it is looked at. (text; has to be given)\n`,
  );
  expect((await cli('config', 'explain', 'plugins.settings.weather')).out).toContain(
    `plugins.settings.weather.pin = ***\n  from ${file}\n  Pin (text; secret)\nplugins.settings.weather.units = km\n  from default\n  Units (one of km, mi)`,
  );
  const wrong = await cli('config', 'explain', 'plugins.settings.weather.ciyt');
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('has no setting "ciyt"; did you mean "city"?')]);
  expect((await cli('config', 'show')).out).toContain('"pin":"***"');
});

test('when its plugin is gone, so are its settings and their surface', async () => {
  plugins.delete('weather');
  await until(async () => (await stateOf('weather')) === undefined);
  expect((await fetch(`${server.url}/plugins/weather/settings`)).status).toBe(404);
  expect((await fetch(`${server.url}/surfaces/settings-weather`)).status).toBe(404);
});

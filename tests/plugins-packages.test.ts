import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { PluginStatus } from 'dispatch/wire';
import { dicePackage, emptyFolder, noRegistry } from '../apps/plugin-packages/package.fixture.js';
import { beginOnTerminal, onTerminal, run } from './cli.fixture.js';
import { pluginsOf, until } from './plugin-folder.fixture.js';
import { RealServer } from './real-server.fixture.js';
import { ScriptedProvider } from './scripted-provider.fixture.js';

let provider: ScriptedProvider;
let server: RealServer;
const base = emptyFolder();
const dice = dicePackage(join(base, 'dice'));
const plugins = join(base, 'data/dispatch/plugins');

beforeAll(async () => {
  provider = await ScriptedProvider.listen();
  server = await RealServer.start({ providerUrl: provider.baseUrl, env: { XDG_DATA_HOME: join(base, 'data') } });
}, 60_000);
afterAll(async () => {
  expect(await server.stop()).toBe(0);
  await provider.close();
  rmSync(base, { recursive: true });
});

const options = { cwd: base, env: { ...(noRegistry(base) as Record<string, string>), XDG_DATA_HOME: join(base, 'data') } };
const plugin = (...args: string[]) => run(server, ['plugin', ...args], options);
const stateOf = async (): Promise<PluginStatus | undefined> => (await pluginsOf(server)).get('dice');
const words = async (): Promise<string[]> => {
  provider.inTurn({ calls: [{ name: 'dice', args: {} }] }, { text: ['ok'] });
  const events = await server.chat({ message: 'go' });
  return events.flatMap((event) => (event.type === 'tool-result' ? [event.content] : []));
};

test('dispatch plugin add: what it is and may touch is shown, and a server that runs takes it without a restart', async () => {
  const { code, out, err } = await plugin('add', './dice', '--yes');
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/^\[new\] @acme\/dice 1\.0\.0\n/);
  for (const line of [
    'plugin: dice',
    'provides: dispatch.tool[]',
    'says that it touches: network',
    'these have install scripts, which were not run: @acme/dice',
  ])
    expect(out).toContain(line);
  await until(async () => (await stateOf())?.state === 'active');
  expect(await words()).toEqual(['one']);
  expect(await stateOf()).toMatchObject({ id: 'dice', version: '1.0.0', source: join(plugins, 'dice') });
  expect(dice.ran()).toBe(false);
  expect((await plugin('packages')).out).toBe(`dice | @acme/dice 1.0.0 | from ${dice.folder}\n`);
});

test('a newer version takes the place of the one that runs', async () => {
  dicePackage(join(base, 'dice'), { more: { version: '1.1.0' }, words: 'two' });
  expect((await plugin('add', './dice', '--yes')).out).toMatch(/^\[instead of 1\.0\.0\] @acme\/dice 1\.1\.0\n/);
  await until(async () => (await stateOf())?.generation === 2);
  expect(await words()).toEqual(['two']);
});

test('it is disabled and enabled like every other plugin; with a changed file it is not loaded, and says so', async () => {
  expect((await plugin('disable', 'dice')).out).toBe('dice is disabled\n');
  expect(await words()).toEqual([expect.stringContaining('there is no tool "dice"')]);
  await plugin('enable', 'dice');
  expect(await words()).toEqual(['two']);
  writeFileSync(join(plugins, 'dice/node_modules/@acme/dice/lib/words.js'), "export const words = 'stolen';");
  const { code, err } = await plugin('reload', 'dice');
  expect([code, err]).toEqual([1, expect.stringContaining('its files are not those that were installed')]);
  expect(await words()).toEqual(['two']);
  expect((await plugin('packages')).out).toContain('not loaded: its files are not those that were installed');
});

test('nobody is asked where nobody can be; a model adds nothing; what is no plugin leaves nothing behind', async () => {
  expect(await plugin('add', './dice')).toMatchObject({ code: 2, err: expect.stringContaining('say --yes') });
  const byModel = await run(server, ['plugin', 'add', './dice', '--yes'], { ...options, env: { ...options.env, DISPATCH_TOOL_CALL: '1' } });
  expect(byModel).toMatchObject({ code: 1, err: expect.stringContaining('a command that a model runs adds no plugins') });
  dicePackage(join(base, 'plain'), { dispatch: null });
  expect(await plugin('add', './plain', '--yes')).toMatchObject({ code: 1, err: expect.stringContaining('has no "dispatch" key') });
  expect(await plugin('add', '--global', '--yes')).toMatchObject({ code: 2 });
  expect(readdirSync(plugins)).toEqual(['dice']);
});

onTerminal('on a terminal it asks, and a no leaves everything as it was', async () => {
  const running = beginOnTerminal(server, ['plugin', 'add', './dice'], options);
  await running.said('[y/N]');
  running.child.stdin?.write('n\n');
  const { code, out } = await running.ended;
  expect([code, out.includes('nothing was added'), readdirSync(plugins)]).toEqual([1, true, ['dice']]);
});

test('dispatch plugin remove deletes it, and the server takes it out', async () => {
  expect((await plugin('remove', 'dice')).out).toBe('dice (@acme/dice 1.1.0) was deleted; a server that runs takes it out now\n');
  await until(async () => (await stateOf()) === undefined);
  expect(await plugin('remove', 'dice')).toMatchObject({ code: 1, err: expect.stringContaining('no package "dice" was removed') });
  expect(readdirSync(plugins)).toEqual([]);
});

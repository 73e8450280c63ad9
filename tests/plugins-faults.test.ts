import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PluginStatus } from 'dispatch/wire';
import { PluginFolder, plain, pluginsOf, tool, until } from './plugin-folder.fixture.js';
import { folder, RealServer, serverFile } from './real-server.fixture.js';
import { ScriptedProvider } from './scripted-provider.fixture.js';

let provider: ScriptedProvider;
beforeAll(async () => {
  provider = await ScriptedProvider.listen();
});
afterAll(() => provider.close());

const start = (plugins: PluginFolder, more: { dataDir?: string; settings?: object; safe?: boolean } = {}) =>
  RealServer.start({
    providerUrl: provider.baseUrl,
    dataDir: more.dataDir,
    env: { DISPATCH_PLUGINS: plugins.path },
    userConfig: {
      plugins: { toolLimitMs: 300, filterLimitMs: 300, safe: more.safe ?? false, ...(more.settings && { settings: more.settings }) },
    },
  });
const stateOf = async (server: RealServer, name: string) => (await pluginsOf(server)).get(name);
const isState = (server: RealServer, name: string, state: PluginStatus['state']) => async () =>
  (await stateOf(server, name))?.state === state;
const post = async (server: RealServer, path: string) => {
  const answer = await fetch(server.url + path, { method: 'POST' });
  return { status: answer.status, body: (await answer.json()) as PluginStatus & { error?: string; code?: string } };
};

async function call(server: RealServer, conversationId: string, name: string): Promise<string[]> {
  provider.inTurn({ calls: [{ name, args: {} }] }, { text: ['ok'] });
  const events = await server.chat({ conversationId, message: 'go' });
  return events.flatMap((event) =>
    event.type === 'tool-result' || event.type === 'error' ? [event.type === 'error' ? event.message : event.content] : [],
  );
}

describe('a faulty plugin', () => {
  let server: RealServer;
  const plugins = new PluginFolder();
  beforeAll(async () => {
    plugins.write('never/index.mjs', tool('never', '').replace("return '';", 'return new Promise(() => {});'));
    plugins.write('slip/index.mjs', tool('slip', '').replace("return '';", 'return undefined.x;'));
    plugins.write('says-no/index.mjs', tool('says-no', '').replace("return '';", "throw new Error('no such town');"));
    plugins.write('odd/index.mjs', tool('odd', '').replace("return '';", 'return 7;'));
    plugins.write(
      'big/index.mjs',
      plain(
        'big',
        'dispatch.surface[]',
        "entry = { id: 'big', region: 'side', title: 'x', scope: 'global' }; render() { return { id: 'big', region: 'side', title: '<b>' + 'x'.repeat(1100000), fields: [] }; }",
      ),
    );
    plugins.write(
      'stuck/index.mjs',
      plain(
        'stuck',
        'dispatch.surface[]',
        "entry = { id: 'stuck', region: 'side', title: 'x', scope: 'global' }; render() { throw new Error('no picture'); }",
      ),
    );
    plugins.write('deaf/index.mjs', plain('deaf', 'dispatch.event-listener[]', "onEvent() { throw new Error('deaf'); }"));
    plugins.write(
      'routed/index.mjs',
      plain('routed', 'dispatch.route[]', "routes = [{ method: 'GET', path: '/routed', summary: 'x', handle: () => undefined.x }];"),
    );
    server = await start(plugins);
    await until(async () => (await stateOf(server, 'routed'))?.state === 'active' && (await stateOf(server, 'never'))?.state === 'active');
  }, 60_000);
  afterAll(() => server.stop());

  test('P07: a tool that never returns is answered for, told to stop, and counted', async () => {
    expect(await call(server, 'never', 'never')).toEqual(['the tool "never" of the plugin "never" took longer than 300 ms']);
    await until(async () => (await stateOf(server, 'never'))?.faults === 1);
    expect(await stateOf(server, 'never')).toMatchObject({ state: 'active', note: expect.stringContaining('took longer than 300 ms') });
  });

  test('P07: a tool that slips, says no or answers something else is an error result under its name', async () => {
    expect(await call(server, 'slip', 'slip')).toEqual([expect.stringContaining('Cannot read properties of undefined')]);
    expect(await call(server, 'no', 'says_no')).toEqual(['no such town']);
    expect(await call(server, 'odd', 'odd')).toEqual(['the tool "odd" answered neither a text nor { content, isError }']);
    for (const name of ['slip', 'says-no', 'odd']) expect((await stateOf(server, name))?.faults).toBe(1);
  });

  test('a tool may say no as often as it likes; one that slips five times within a minute is given a rest', async () => {
    for (let n = 0; n < 6; n++) {
      await call(server, `again-${n}`, 'says_no');
      await call(server, `again-${n}`, 'slip');
    }
    await until(isState(server, 'slip', 'quarantined'));
    expect(await stateOf(server, 'slip')).toMatchObject({
      reason: expect.stringMatching(
        /too many faults within a minute, the last one: the tool "slip": Cannot read .*; it is tried again after 30 s/,
      ),
    });
    expect(await stateOf(server, 'says-no')).toMatchObject({ state: 'active', faults: 7 });
    expect(await call(server, 'gone', 'slip')).toEqual([expect.stringContaining('there is no tool "slip"')]);
  });

  test('one that rests may be called back by its owner, or by a change of its files', async () => {
    await until(isState(server, 'deaf', 'quarantined'));
    expect(await post(server, '/plugins/slip/enable')).toMatchObject({ status: 200, body: { state: 'active' } });
    plugins.write('deaf/index.mjs', plain('deaf', 'dispatch.event-listener[]', 'onEvent() {}'));
    await until(isState(server, 'deaf', 'active'));
    expect((await stateOf(server, 'deaf'))?.faults).toBeUndefined();
  });

  test('P14: a surface of a megabyte is not shown, and neither is one that throws', async () => {
    for (const id of ['big', 'stuck']) {
      const answer = await fetch(`${server.url}/surfaces/${id}`);
      expect(answer.status).toBe(500);
      expect(((await answer.json()) as { error: string }).error).toContain(`the surface "${id}" cannot be shown`);
    }
    await until(async () => (await stateOf(server, 'stuck'))?.faults === 1);
  });

  test('P11: a route that slips is answered 500 without a stack, and stays behind the same access as all others', async () => {
    const answer = await fetch(`${server.url}/routed`);
    expect([answer.status, await answer.text()]).toEqual([500, expect.not.stringContaining(' at ')]);
    expect((await fetch(`${server.url}/routed`, { headers: { origin: 'https://evil.test' } })).status).toBe(403);
    await until(async () => (await stateOf(server, 'routed'))?.faults === 1);
  });
});

describe('a critical plugin', () => {
  const critical = ', critical: true';
  const guard = (body: string, more = '') => plain('watchman', 'dispatch.tool-filter[]', `filter(tools) { ${body} } ${more}`, critical);

  test('P07: fails closed: while its filter fails no turn is taken, and the reason names it', async () => {
    const plugins = new PluginFolder();
    plugins.write('watchman/index.mjs', guard('return tools;'));
    const server = await start(plugins);
    await until(isState(server, 'watchman', 'active'));
    expect(await call(server, 'a', 'nothing')).toEqual([expect.stringContaining('there is no tool')]);

    plugins.write('watchman/index.mjs', guard("throw new Error('asleep');"));
    await until(async () => (await stateOf(server, 'watchman'))?.generation === 2);
    expect(await call(server, 'b', 'nothing')).toEqual(['the critical plugin "watchman" failed, so this turn is refused: asleep']);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);

    for (let n = 0; n < 4; n++) await call(server, 'b', 'nothing');
    await until(isState(server, 'watchman', 'quarantined'));
    await until(async () => (await fetch(`${server.url}/health`)).status === 503);
    expect(await call(server, 'c', 'nothing')).toEqual([
      expect.stringMatching(/^no turn is taken: the critical plugin "watchman" is quarantined \(/),
    ]);

    expect((await post(server, '/plugins/watchman/disable')).body).toMatchObject({ state: 'disabled' });
    await until(async () => (await fetch(`${server.url}/health`)).status === 200);
    expect(await call(server, 'd', 'nothing')).toEqual([expect.stringContaining('there is no tool')]);
    await server.stop();
  });

  test('that cannot be started is named too, where its package.json declares it', async () => {
    const plugins = new PluginFolder();
    const dispatch = { id: 'watchman', critical: true, provides: ['dispatch.tool-filter[]', 'dispatch.access-rule[]'] };
    plugins.write('watchman/package.json', JSON.stringify({ dispatch }));
    plugins.write('watchman/index.mjs', "throw new Error('no key');");
    const server = await start(plugins);
    const refused = await until(async () => {
      const answer = await fetch(`${server.url}/conversations`);
      return answer.status === 403 && ((await answer.json()) as { error: string }).error;
    });
    expect(refused.found).toContain('nobody is let in: the critical plugin "watchman" is failed (it could not be loaded: no key');
    expect((await fetch(`${server.url}/health`)).status).toBe(503);
    plugins.delete('watchman');
    await until(async () => (await fetch(`${server.url}/health`)).status === 200);
    await server.stop();
  });
});

test('P10: settings that are not as declared keep a plugin out; where is said, never what', async () => {
  const plugins = new PluginFolder();
  const settings = `, settings: { type: 'object', properties: { key: { type: 'string', maxLength: 5 } }, required: ['key'], additionalProperties: false }`;
  for (const id of ['fits', 'too-long', 'lacks', 'more']) plugins.write(`${id}/index.mjs`, tool(id, '', '', settings));
  const given = { fits: { key: 'abc' }, 'too-long': { key: 'very-secret-value' }, more: { key: 'a', other: 'very-secret-value' } };
  const server = await start(plugins, { settings: given });
  await until(async () => (await stateOf(server, 'more')) && (await stateOf(server, 'fits')));
  const all = await pluginsOf(server);
  expect(all.get('fits')).toMatchObject({ state: 'active' });
  expect(all.get('too-long')).toMatchObject({
    id: 'too-long',
    state: 'failed',
    reason: expect.stringContaining('plugins.settings.too-long.key: must NOT have more than 5 characters'),
  });
  expect(all.get('lacks')?.reason).toContain('plugins.settings.lacks.key: is missing, and has to be given');
  expect(all.get('more')?.reason).toContain('plugins.settings.more.other: is no setting that there is; did you mean "key"?');
  expect(`${JSON.stringify([...all.values()])}${server.output}`).not.toContain('very-secret-value');
  await server.stop();
});

describe('a service from outside', () => {
  test('P09: takes what needs it along when it is swapped, and leaves it waiting when it is gone', async () => {
    const plugins = new PluginFolder();
    const town = (words: string) => plain('town', 'acme.town', `words() { return '${words}'; }`);
    plugins.write('town/index.mjs', town('Ulm'));
    plugins.write(
      'guide/index.mjs',
      plain(
        'guide',
        'dispatch.tool[]',
        "constructor(town) { this.town = town; } name = 'guide'; description = 'x'; input = {}; execute() { return this.town.words(); }",
        ", inject: ['acme.town']",
      ),
    );
    const server = await start(plugins);
    await until(isState(server, 'guide', 'active'));
    expect(await call(server, 'a', 'guide')).toEqual(['Ulm']);
    plugins.write('town/index.mjs', town('Bern'));
    await until(async () => (await stateOf(server, 'guide'))?.generation === 2);
    expect(await call(server, 'a', 'guide')).toEqual(['Bern']);
    plugins.delete('town');
    await until(isState(server, 'guide', 'failed'));
    expect((await stateOf(server, 'guide'))?.reason).toContain('needs acme.town, which no plugin provides');
    plugins.write('town/index.mjs', town('Rome'));
    await until(isState(server, 'guide', 'active'));
    expect(await call(server, 'a', 'guide')).toEqual(['Rome']);
    await server.stop();
  });
});

describe('switched on and off', () => {
  test('what is disabled stays so after a restart, until it is enabled; what the server stands on cannot be', async () => {
    const plugins = new PluginFolder();
    plugins.write('lamp/index.mjs', tool('lamp', 'light'));
    const dataDir = folder('data');
    const first = await start(plugins, { dataDir });
    await until(isState(first, 'lamp', 'active'));
    for (const id of ['lamp', 'tool-shell'])
      expect(await post(first, `/plugins/${id}/disable`)).toMatchObject({ status: 200, body: { id, state: 'disabled' } });
    expect(await post(first, '/plugins/lamp/reload')).toMatchObject({ status: 409, body: { code: 'plugin_refused' } });
    expect(await post(first, '/plugins/nobody/disable')).toMatchObject({ status: 404, body: { error: 'there is no plugin "nobody"' } });
    expect(await post(first, '/plugins/plugin-manager/disable')).toMatchObject({ status: 409 });
    const stands = await post(first, '/plugins/conversation-store/disable');
    expect(stands).toMatchObject({
      status: 409,
      body: { error: expect.stringContaining('the server does not run without that: restart the server') },
    });
    expect(await call(first, 'a', 'run_shell')).toEqual([expect.stringContaining('there is no tool "run_shell"')]);
    await first.stop();

    const second = await start(plugins, { dataDir });
    await until(isState(second, 'lamp', 'disabled'));
    expect(await stateOf(second, 'tool-shell')).toMatchObject({ state: 'disabled' });
    for (const id of ['lamp', 'tool-shell'])
      expect(await post(second, `/plugins/${id}/enable`)).toMatchObject({ status: 200, body: { state: 'active' } });
    expect(await call(second, 'a', 'lamp')).toEqual(['light']);
    await second.stop();
  });
});

describe('safe mode', () => {
  test('leaves out what did not come with the server, and says so', async () => {
    const plugins = new PluginFolder();
    plugins.write('lamp/index.mjs', tool('lamp'));
    const server = await start(plugins, { safe: true });
    await until(isState(server, 'lamp', 'disabled'));
    expect(await stateOf(server, 'lamp')).toMatchObject({ id: 'lamp', version: '1.0.0', reason: expect.stringContaining('safe mode') });
    expect((await post(server, '/plugins/lamp/enable')).status).toBe(409);
    expect(await call(server, 'a', 'lamp')).toEqual([expect.stringContaining('there is no tool "lamp"')]);
    await server.stop();
  });

  test('is asked for with --safe as well', async () => {
    const plugins = new PluginFolder();
    plugins.write('lamp/index.mjs', tool('lamp'));
    const home = folder('home');
    const env = { PATH: process.env.PATH, HOME: home, BACKEND_PORT: '0', SURFACE_WS_PORT: '0', DISPATCH_PLUGINS: plugins.path };
    const child = spawn(process.execPath, [serverFile, '--safe', '--data-dir', join(home, 'data')], { cwd: home, env });
    let output = '';
    child.stderr.on('data', (data) => (output += data));
    await until(async () => output.includes('1 plugins are left out: the server runs in safe mode'));
    child.kill();
    await once(child, 'exit');
  });

  test('P05: is entered by itself after three crashes within a minute, and left after a proper end', async () => {
    const plugins = new PluginFolder();
    plugins.write('lamp/index.mjs', tool('lamp'));
    const dataDir = folder('data');
    for (let n = 0; n < 3; n++) {
      const server = await start(plugins, { dataDir });
      await until(isState(server, 'lamp', 'active'));
      await server.kill();
    }
    const careful = await start(plugins, { dataDir });
    await until(isState(careful, 'lamp', 'failed'));
    expect((await stateOf(careful, 'lamp'))?.reason).toContain('it has crashed three times within a minute');
    expect(careful.output).toContain('1 plugins are left out');
    await careful.stop();
    const again = await start(plugins, { dataDir });
    await until(isState(again, 'lamp', 'active'));
    await again.stop();
  });
});

test('plugins are found in the folder of the user, also when it is made later', async () => {
  const server = await RealServer.start({ providerUrl: provider.baseUrl });
  const at = join(server.cwd, '.home/.local/share/dispatch/plugins/mine');
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, 'index.mjs'), tool('mine', 'own'));
  await until(isState(server, 'mine', 'active'));
  expect(await call(server, 'a', 'mine')).toEqual(['own']);
  await server.stop();
});

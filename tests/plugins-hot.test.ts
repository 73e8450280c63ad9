import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ChatEvent, PluginStatus } from 'dispatch/wire';
import { Inbox, PluginFolder, plain, pluginsOf, tool, until } from './plugin-folder.fixture.js';
import { RealServer, root } from './real-server.fixture.js';
import { RealSocket } from './real-socket.fixture.js';
import { ScriptedProvider } from './scripted-provider.fixture.js';

let provider: ScriptedProvider;
let server: RealServer;
const plugins = new PluginFolder();

beforeAll(async () => {
  provider = await ScriptedProvider.listen();
  server = await RealServer.start({ providerUrl: provider.baseUrl, env: { DISPATCH_PLUGINS: plugins.path } });
}, 60_000);
afterAll(async () => {
  expect(await server.stop()).toBe(0);
  await provider.close();
});

const stateOf = async (name: string): Promise<PluginStatus | undefined> => (await pluginsOf(server)).get(name);
const isAt = (name: string, generation: number | undefined) => async () => {
  const found = await stateOf(name);
  return found?.state === 'active' && found.generation === generation;
};
const post = (path: string) => fetch(server.url + path, { method: 'POST' });

/** A turn that calls these tools; answers what they answered. */
async function call(conversationId: string, ...names: string[]): Promise<string[]> {
  provider.inTurn({ calls: names.map((name) => ({ name, args: {} })) }, { text: ['ok'] });
  const events = await server.chat({ conversationId, message: 'go' });
  return events.flatMap((event) => (event.type === 'tool-result' ? [event.content] : []));
}

describe('while the server runs', () => {
  test('a folder that is dropped is there for the next turn, one that is changed is swapped, one that is deleted is gone', async () => {
    plugins.write('dice/index.mjs', tool('dice', 'one'));
    await until(isAt('dice', undefined));
    expect(await call('drop', 'dice')).toEqual(['one']);
    plugins.write('dice/index.mjs', tool('dice', 'two'));
    await until(isAt('dice', 2));
    expect(await call('drop', 'dice')).toEqual(['two']);
    plugins.delete('dice');
    await until(async () => (await stateOf('dice')) === undefined);
    expect(await call('drop', 'dice')).toEqual([expect.stringContaining('there is no tool "dice"')]);
  });

  test('P09: what is broken stays outside and says so, and what is repaired comes in', async () => {
    plugins.write('frail/index.mjs', tool('frail', 'whole'));
    await until(isAt('frail', undefined));
    for (const [text, why] of [
      ['export default class {', /could not be loaded: .* \(index\.mjs:1\)/],
      [tool('frail', 'x', "start() { throw new Error('not today'); }"), /"frail" did not start: not today/],
      [tool('frail', 'x', '', ", inject: ['acme.nothing']"), /needs acme\.nothing, which no plugin provides/],
    ] as const) {
      plugins.write('frail/index.mjs', text);
      await until(async () => why.test((await stateOf('frail'))?.note ?? ''));
      expect(await stateOf('frail')).toMatchObject({ state: 'active', note: expect.stringContaining('a change is not in use') });
      expect(await call('frail', 'frail')).toEqual(['whole']);
    }
    plugins.write('frail/index.mjs', tool('frail', 'mended'));
    await until(isAt('frail', 2));
    expect((await stateOf('frail'))?.note).toBeUndefined();
    expect(await call('frail', 'frail')).toEqual(['mended']);
  });

  test('P09: a file is read once nothing has happened to it for a while', async () => {
    const text = tool('slow-writer', 'whole');
    const before = (await server.get<{ plugins: unknown[] }>('/plugins')).plugins.length;
    for (let at = 0; at < text.length; at += 40) {
      plugins.write('slow-writer/index.mjs', text.slice(0, at));
      await new Promise((resolve) => setTimeout(resolve, 40));
      expect((await server.get<{ plugins: unknown[] }>('/plugins')).plugins).toHaveLength(before);
    }
    plugins.write('slow-writer/index.mjs', text);
    await until(isAt('slow-writer', undefined));
    expect(server.output).not.toContain('slow-writer could not');
  });

  test('a change of a file that is imported is a change, in TypeScript too', async () => {
    cpSync(join(root, 'examples/dice-class'), join(plugins.path, 'dice-class'), { recursive: true });
    plugins.write('deep/words.ts', "export const words: string = 'shallow';");
    plugins.write('deep/index.ts', `import { words } from './words.js';\n${tool('deep', "' + words + '")}`);
    await until(isAt('deep', undefined));
    expect(await call('deep', 'deep')).toEqual(['shallow']);
    plugins.write('deep/words.ts', "export const words: string = 'deep';");
    await until(isAt('deep', 2));
    expect(await call('deep', 'deep')).toEqual(['deep']);
  });
});

test('P09: a turn that runs is undisturbed by a plugin that is dropped, edited, broken, repaired and deleted', async () => {
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const log = `${plugins.path}/../steps-${process.pid}`;
  const noting = (words: string) =>
    tool('steps', words, `stop() { require('node:fs').writeFileSync('${log}', 'stopped ${words}'); }`).replace(
      /^/,
      "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);\n",
    );
  plugins.write('steps/index.mjs', noting('first'));
  await until(isAt('steps', undefined));
  const once = { calls: [{ name: 'steps', args: {} }] };
  provider.inTurn(once, { ...once, hold: held }, { text: ['over'] });
  const events: ChatEvent[] = [];
  const turn = server.chat({ conversationId: 'undisturbed', message: 'go' }, (event) => events.push(event));
  await until(async () => events.some(({ type }) => type === 'tool-result'));

  plugins.write('other/index.mjs', tool('other'));
  await until(isAt('other', undefined));
  plugins.write('steps/index.mjs', noting('second'));
  await until(isAt('steps', 2));
  plugins.write('steps/index.mjs', 'export default');
  await until(async () => (await stateOf('steps'))?.note);
  plugins.write('steps/index.mjs', noting('third'));
  await until(isAt('steps', 3));
  plugins.delete('other');
  await until(async () => (await stateOf('other')) === undefined);
  plugins.delete('steps');
  await until(async () => (await stateOf('steps')) === undefined);
  expect(provider.seen).toHaveLength(2);

  letGo();
  await turn;
  const results = events.flatMap((event) => (event.type === 'tool-result' ? [[event.content, event.isError]] : []));
  expect(results).toEqual([
    ['first', false],
    ['first', false],
  ]);
  expect(events.at(-1)?.type).toBe('turn-sealed');
  expect(server.output).not.toContain('did not stop cleanly');
  expect(await call('undisturbed', 'steps')).toEqual([expect.stringContaining('there is no tool "steps"')]);
});

test('everything a plugin registered goes with it: a tool, a route, a surface, a socket message, a filter, a timer', async () => {
  const members = (words: string) => `
  name = 'all'; description = 'x'; input = { type: 'object', properties: {} };
  execute() { return '${words}'; }
  routes = [{ method: 'GET', path: '/all', summary: 'x', handle: () => ({ words: '${words}' }) }];
  entry = { id: 'all', region: 'side', title: 'All', scope: 'global' };
  render() { return { id: 'all', region: 'side', title: 'All', fields: [{ kind: 'stat', label: 'words', value: '${words}' }] }; }
  messages = [{ type: 'all.ask', schema: { safeParse: (data) => ({ success: true, data }) }, handle: (_, client) => client.send({ type: 'error', message: '${words}' }) }];
  start() { setInterval(() => { globalThis.ticks = (globalThis.ticks ?? 0) + 1; }, 5); process.on('all-test', () => {}); }`;
  const slots = ['dispatch.tool[]', 'dispatch.route[]', 'dispatch.surface[]', 'dispatch.socket-handler[]'];
  const socket = await RealSocket.open(server.url);
  const inbox = new Inbox(socket);
  const asked = async () => {
    socket.send({ type: 'all.ask' } as never);
    return inbox.next((message) => message.type === 'error');
  };
  plugins.write('all/index.mjs', plain('all', slots, members('one')));
  await until(isAt('all', undefined));
  socket.send({ type: 'subscribe', surfaceId: 'all' });
  expect(JSON.stringify(await inbox.next((message) => message.type === 'surface'))).toContain('"one"');
  plugins.write('all/index.mjs', plain('all', slots, members('two')));
  const update = await inbox.next((message) => message.type === 'update');
  expect(JSON.stringify(update)).toContain('"two"');
  expect(await server.get('/all')).toEqual({ words: 'two' });
  expect(await asked()).toMatchObject({ message: 'two' });
  expect(await call('all', 'all')).toEqual(['two']);
  await until(async () => server.output.includes(`${plugins.path}/all left 2 timers or process listeners behind`));

  plugins.delete('all');
  await until(async () => (await stateOf('all')) === undefined);
  expect((await fetch(`${server.url}/all`)).status).toBe(404);
  expect((await fetch(`${server.url}/surfaces/all`)).status).toBe(404);
  expect(await asked()).toMatchObject({ message: expect.stringContaining('unknown message type "all.ask"') });
  await socket.close();
});

test('a reload by hand takes the files as they are now, and is refused where they are broken', async () => {
  plugins.write('by-hand/index.mjs', tool('by-hand', 'one'));
  await until(isAt('by-hand', undefined));
  const again = await post('/plugins/by-hand/reload');
  expect([again.status, await again.json()]).toEqual([200, expect.objectContaining({ state: 'active', generation: 2 })]);
  plugins.write('by-hand/index.mjs', 'let let');
  const refused = await post('/plugins/by-hand/reload');
  expect([refused.status, await refused.json()]).toEqual([
    409,
    { code: 'plugin_refused', error: expect.stringContaining('"by-hand" was not reloaded: it could not be loaded') },
  ]);
  expect(await call('by-hand', 'by_hand')).toEqual(['one']);
});

test('front ends are told what comes, goes and changes', async () => {
  const socket = await RealSocket.open(server.url);
  const inbox = new Inbox(socket);
  const told = (state: string) =>
    inbox.next((message) => message.type === 'plugin.changed' && message.plugin.id === 'told' && message.plugin.state === state);
  plugins.write('told/index.mjs', tool('told'));
  expect(await told('active')).toMatchObject({ plugin: { id: 'told', provides: ['dispatch.tool[]'] } });
  expect((await post('/plugins/told/disable')).status).toBe(200);
  await told('disabled');
  expect((await post('/plugins/told/enable')).status).toBe(200);
  await told('active');
  plugins.delete('told');
  await told('stopped');
  await socket.close();
});

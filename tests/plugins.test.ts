import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { PluginStatus, PluginsAnswer } from 'dispatch/wire';
import { folder, RealServer, root } from './real-server.fixture.js';
import { ScriptedProvider } from './scripted-provider.fixture.js';

const plugins = folder('plugins');
let provider: ScriptedProvider;
let server: RealServer;
let status: Map<string, PluginStatus>;

function file(path: string, text: string): void {
  mkdirSync(join(plugins, path, '..'), { recursive: true });
  writeFileSync(join(plugins, path), text);
}

const plain = (id: string, rest = '', provides = "'dispatch.tool[]'") => `export default class {
  static plugin = { id: '${id}', provides: ${provides} };
  name = '${id.replaceAll('-', '_')}'; description = 'x'; input = { type: 'object', properties: {} };
  execute() { return 'x'; }
  ${rest}
}`;

beforeAll(async () => {
  for (const name of ['dice-class', 'dice-plain', 'dice-object'])
    cpSync(join(root, 'examples', name), join(plugins, name), { recursive: true });
  file('dice-object/node_modules/pips/package.json', '{ "name": "pips", "version": "1.0.0", "type": "module", "main": "index.js" }');
  file('dice-object/node_modules/pips/index.js', 'export const pips = () => 6;');
  file('dice-object/roll.ts', "import { pips } from 'pips';\nexport const roll = (): number => pips();");
  file(
    'dice-object/index.ts',
    `import { definePlugin, Logger, Tools } from 'dispatch/kernel';
import { roll } from './roll.js';
export default definePlugin({
  id: 'dice-object', provides: Tools, inject: { logger: Logger },
  create: ({ logger }) => ({
    name: 'dice_object', description: 'Roll one die.', input: { type: 'object', properties: {} },
    execute: () => (logger.info('rolled'), String(roll())),
  }),
});`,
  );
  file('throws/index.mjs', "throw new Error('this plugin throws at import');");
  file('never-starts/index.mjs', plain('never-starts', 'start() { return new Promise(() => {}); }'));
  file(
    'needs-missing/index.mjs',
    plain('needs-missing').replace("provides: 'dispatch.tool[]'", "provides: 'dispatch.tool[]', inject: ['dispatch.conversation']"),
  );
  file('copycat/index.mjs', plain('tool-shell'));
  file('clash/index.mjs', plain('clash', '', "'dispatch.conversations'"));
  file('unknown-field/index.mjs', plain('unknown-field').replace('provides:', "provide: 'x', provides:"));
  file('no-plugin/index.mjs', 'export const nothing = 1;');
  file('bad-manifest/package.json', '{ "dispatch": ');
  file('bad-manifest/index.mjs', plain('bad-manifest'));
  file('one-file.mjs', plain('one-file'));

  provider = await ScriptedProvider.listen();
  server = await RealServer.start({
    providerUrl: provider.baseUrl,
    env: { DISPATCH_PLUGINS: plugins },
    config: { plugins: { startLimitMs: 1000 } },
  });
  for (;;) {
    const { plugins: all } = await server.get<PluginsAnswer>('/plugins');
    status = new Map(all.map((each) => [`${each.source?.split('/').at(-1)}`, each]));
    if (status.has('throws') && status.has('one-file.mjs') && status.has('never-starts') && status.has('clash')) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}, 60_000);
afterAll(async () => {
  await server.stop();
  await provider.close();
});

test.each(['dice-class', 'dice-plain', 'dice-object', 'one-file.mjs'])('%s runs from a folder outside the project', (name) => {
  expect(status.get(name)).toMatchObject({ state: 'active', provides: ['dispatch.tool[]'] });
});

test('the three spellings are tools a model can call, one with packages of its own', async () => {
  provider.inTurn({ calls: ['dice', 'dice_plain', 'dice_object'].map((name) => ({ name, args: {} })) }, { text: ['ok'] });
  const events = await server.chat({ conversationId: 'dice', message: 'roll' });
  const results = events.flatMap((event) => (event.type === 'tool-result' ? [event] : []));
  expect(results.map(({ toolName, isError }) => [toolName, isError])).toEqual([
    ['dice', false],
    ['dice_plain', false],
    ['dice_object', false],
  ]);
  expect(results[2]?.content).toBe('6');
});

test.each([
  ['throws', /this plugin throws at import/],
  ['never-starts', /start\(\) of plugin "never-starts" took longer than 1000 ms/],
  ['needs-missing', /needs dispatch\.conversation, which no plugin provides; the nearest id there is: dispatch\.conversations/],
  ['copycat', /two plugins have the id "tool-shell": plugins\/tool-shell and .*copycat/],
  ['clash', /both provide dispatch\.conversations; the first one runs.*plugins\.prefer/],
  ['unknown-field', /unknown field "provide"; did you mean "provides"\?/],
  ['no-plugin', /has no plugin as its default export/],
  ['bad-manifest', /package\.json is not JSON/],
])('%s is named with its reason, and the rest runs', (name, reason) => {
  expect(status.get(name)).toMatchObject({ state: 'failed', reason: expect.stringMatching(reason) });
  expect(server.output.replaceAll('\\"', '"')).toMatch(reason);
});

test('every bundled plugin is active, and shown with what it provides, needs and how long it took', () => {
  const bundled = [...status.values()].filter(({ source }) => source?.startsWith('plugins/'));
  expect(bundled.length).toBeGreaterThan(9);
  for (const plugin of bundled) expect(plugin).toMatchObject({ state: 'active', needs: expect.any(Array), loadMs: expect.any(Number) });
});

test('a dropped plugin stands in for a bundled one where the configuration prefers it', async () => {
  const folderOf = folder('prefer');
  writeFileSync(
    join(folderOf, 'own-models.mjs'),
    `export default class {
  static plugin = { id: 'own-models', provides: 'dispatch.models' };
  resolve() { return Promise.reject(new Error('own models answer')); }
  catalog() { return Promise.resolve({ models: ['own/model'] }); }
}`,
  );
  const own = await RealServer.start({
    env: { DISPATCH_PLUGINS: folderOf },
    userConfig: { plugins: { prefer: { 'dispatch.models': 'own-models' } } },
  });
  const { plugins: all } = await own.get<PluginsAnswer>('/plugins');
  expect(all.find(({ id }) => id === 'own-models')).toMatchObject({ state: 'active' });
  expect(all.find(({ id }) => id === 'credential-store')).toMatchObject({ state: 'failed', reason: expect.stringContaining('own-models') });
  const events = await own.chat({ conversationId: 'own', message: 'hi' });
  expect(events.find((event) => event.type === 'error')).toMatchObject({ message: 'own models answer' });
  await own.stop();
});

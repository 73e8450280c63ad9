import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ChatEvent, PluginStatus } from 'dispatch/wire';
import { pluginsOf, until } from './plugin-folder.fixture.js';
import { openZoo, zoo } from './plugins-zoo.fixture.js';
import { RealServer } from './real-server.fixture.js';
import { ScriptedProvider } from './scripted-provider.fixture.js';

let provider: ScriptedProvider;
let server: RealServer;
let events: ChatEvent[];
let status: Map<string, PluginStatus>;

const words = (name: string): string => {
  const { reason = '', note = '' } = status.get(name) ?? {};
  return `${reason} ${note}`;
};

beforeAll(async () => {
  const plugins = openZoo();
  provider = await ScriptedProvider.listen();
  provider.inTurn(
    { calls: ['good', 'p01_bom', 'run_shell'].map((name) => ({ name, args: name === 'run_shell' ? { command: 'echo shell' } : {} })) },
    { text: ['done'] },
  );
  server = await RealServer.start({
    providerUrl: provider.baseUrl,
    env: { DISPATCH_PLUGINS: plugins.path },
    userConfig: { plugins: { startLimitMs: 1_000, filterLimitMs: 300 } },
  });
  await until(async () => {
    const all = await pluginsOf(server);
    return Object.keys(zoo).every((name) => all.has(name)) && all.get('good')?.state === 'active';
  });
  events = await server.chat({ conversationId: 'zoo', message: 'use your tools' });
  await new Promise((resolve) => setTimeout(resolve, 300)); // faults are told a little later
  status = await pluginsOf(server);
}, 60_000);
afterAll(async () => {
  expect(await server.stop()).toBe(0);
  await provider.close();
});

test('there are at least twenty of them, all loaded at once', () => {
  expect(Object.keys(zoo).length).toBeGreaterThan(40);
});

describe('with a whole zoo of bad plugins', () => {
  test('/health answers 200', async () => {
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });

  test('a turn runs, with the tools of the good ones', () => {
    expect(events.at(-1)?.type).toBe('turn-sealed');
    expect(events.find(({ type }) => type === 'done')).toMatchObject({ reason: 'stop' });
    const results = events.flatMap((event) => (event.type === 'tool-result' ? [[event.toolName, event.isError]] : []));
    expect(results).toEqual([
      ['good', false],
      ['p01_bom', false],
      ['run_shell', false],
    ]);
  });

  test('every bundled plugin runs', () => {
    const bundled = [...status.values()].filter(({ source }) => source?.startsWith('plugins/'));
    expect(bundled.filter(({ state }) => state !== 'active')).toEqual([]);
  });

  test('what is only odd runs: a byte order mark in P01', () => {
    expect(status.get('p01-bom')).toMatchObject({ id: 'p01-bom', state: 'active' });
  });

  test.each(Object.entries(zoo).filter(([, { reason }]) => reason))('%s is not running, and named with its reason', (name, { reason }) => {
    expect(status.get(name)?.state).toBe('failed');
    expect(words(name)).toMatch(reason as RegExp);
  });

  test.each(Object.entries(zoo).filter(([, { note }]) => note))('%s is contained, counted and named with its reason', (name, { note }) => {
    expect(status.get(name)?.state).toMatch(/active|quarantined/);
    expect(words(name)).toMatch(note as RegExp);
    expect(status.get(name)?.faults).toBeGreaterThan(0);
  });

  test('P10: no value of a setting is in the log, and nothing of a package.json of ten megabytes', () => {
    expect(server.output.length).toBeLessThan(200_000);
  });
});

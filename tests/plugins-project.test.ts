import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { PluginStatus } from 'dispatch/wire';
import { plain, pluginsOf, tool, until } from './plugin-folder.fixture.js';
import { folder, RealServer } from './real-server.fixture.js';
import { ScriptedProvider } from './scripted-provider.fixture.js';

let provider: ScriptedProvider;
let server: RealServer;
const [project, elsewhere, dataDir] = ['project', 'elsewhere', 'data'].map((name) => folder(name)) as [string, string, string];

function write(path: string, text: string, directory = project): void {
  const file = join(directory, '.dispatch/plugins', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
/** Leaves a mark wherever its code is run. */
const marking = (id: string, mark: string, words: string) =>
  `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(join(elsewhere, mark))}, '');\n${tool(id, words)}`;

const start = (safe = false) =>
  RealServer.start({ providerUrl: provider.baseUrl, dataDir, cwd: project, userConfig: { plugins: { safe } } });
beforeAll(async () => {
  provider = await ScriptedProvider.listen();
  write('deploy/index.mjs', marking('deploy', 'ran', 'deployed'));
  server = await start();
}, 60_000);
afterAll(async () => {
  expect(await server.stop()).toBe(0);
  await provider.close();
  for (const each of [project, elsewhere, dataDir]) rmSync(each, { recursive: true });
});

const stateOf = async (name: string): Promise<PluginStatus | undefined> => (await pluginsOf(server)).get(name);
const is = (name: string, state: PluginStatus['state']) => until(async () => (await stateOf(name))?.state === state);
async function trust(directory = project): Promise<void> {
  const { files } = await server.get<{ files: { hash?: string; state: string }[] }>(`/trust?cwd=${directory}`);
  const hashes = files.flatMap(({ hash, state }) => (state === 'waiting' && hash ? [hash] : []));
  await server.post('/trust', { directory, hashes });
}
async function call(name: string, cwd = project): Promise<string[]> {
  provider.inTurn({ calls: [{ name, args: {} }] }, { text: ['ok'] });
  const events = await server.chat({ message: 'go', cwd });
  return events.flatMap((event) => (event.type === 'tool-result' ? [event.content] : []));
}

test('what a project brings is shown and not run, until its content is trusted', async () => {
  await is('deploy', 'disabled');
  expect((await stateOf('deploy'))?.reason).toBe(
    `${project}/.dispatch/plugins/deploy/index.mjs waits to be trusted as it is now: dispatch trust ${project}`,
  );
  expect(await call('deploy')).toEqual([expect.stringContaining('there is no tool "deploy"')]);
  const refused = await server.post<{ error: string }>('/plugins/deploy/enable');
  expect(refused.error).toContain('"deploy" is not started');
  expect(existsSync(join(elsewhere, 'ran'))).toBe(false);

  await trust();
  await is('deploy', 'active');
  expect((await stateOf('deploy'))?.note).toBe(`brought by ${project}`);
  expect(await call('deploy')).toEqual(['deployed']);
});

test('its tools and filters are for turns within that project', async () => {
  write('shout/index.mjs', plain('shout', 'dispatch.prompt-filter[]', "filter(prompt) { return prompt + ' Shout!'; }"));
  await is('shout', 'disabled');
  await trust();
  await is('shout', 'active');
  mkdirSync(join(project, 'below'));
  const seen = () => `${provider.seen.at(-1)?.raw}`;
  expect(await call('deploy', join(project, 'below'))).toEqual(['deployed']);
  expect([seen().includes('Shout!'), seen().includes('"deploy"')]).toEqual([true, true]);
  expect(await call('deploy', elsewhere)).toEqual([expect.stringContaining('there is no tool "deploy"')]);
  expect(seen()).not.toContain('Shout!');
});

test('a changed file makes its plugin inert again, which says why; the others run on', async () => {
  write('deploy/index.mjs', marking('deploy', 'ran-again', 'stolen'));
  await is('deploy', 'disabled');
  expect((await stateOf('deploy'))?.reason).toContain('deploy/index.mjs waits to be trusted as it is now');
  expect((await stateOf('shout'))?.state).toBe('active');
  expect(await call('deploy')).toEqual([expect.stringContaining('there is no tool "deploy"')]);
  expect(existsSync(join(elsewhere, 'ran-again'))).toBe(false);
  await trust();
  await is('deploy', 'active');
  expect(await call('deploy')).toEqual(['stolen']);
});

test('a file that is added waits as well; a link is never trusted; packages and files outside are not there for it', async () => {
  write('deploy/more.mjs', 'export default 1;');
  await is('deploy', 'disabled');
  rmSync(join(project, '.dispatch/plugins/deploy/more.mjs'));
  await is('deploy', 'active');

  symlinkSync(join(project, '.dispatch/plugins/shout/index.mjs'), join(project, '.dispatch/plugins/deploy/link.mjs'));
  await until(async () => (await stateOf('deploy'))?.reason?.includes('link.mjs cannot be trusted: it is a symbolic link'));
  rmSync(join(project, '.dispatch/plugins/deploy/link.mjs'));

  write('node_modules/helper/index.js', 'export default 1;');
  write('packed/index.mjs', `import 'helper';\n${tool('packed')}`);
  write('outside/index.mjs', `import '../../../code.mjs';\n${tool('outside')}`);
  writeFileSync(join(project, 'code.mjs'), '');
  await is('outside', 'disabled');
  await trust();
  await is('outside', 'failed');
  await is('packed', 'failed');
  for (const name of ['packed', 'outside']) rmSync(join(project, '.dispatch/plugins', name), { recursive: true });
  await until(async () => (await stateOf('packed')) === undefined);
});

test('what is trusted comes back with the server; not in safe mode, and not once trust is taken back', async () => {
  expect(await server.stop()).toBe(0);
  server = await start(true);
  await until(async () => (await stateOf('deploy'))?.reason?.includes('safe mode'));
  expect(await server.stop()).toBe(0);
  server = await start();
  await is('deploy', 'active');
  expect(await call('deploy')).toEqual(['stolen']);

  await fetch(`${server.url}/trust?directory=${project}`, { method: 'DELETE' });
  await is('deploy', 'disabled');
  await is('shout', 'disabled');
  const [copies] = readdirSync(join(dataDir, 'projects'));
  expect(readdirSync(join(dataDir, 'projects', copies as string))).toEqual([]);
});

test('K06: a project elsewhere is looked at when a turn works there, and is told of', async () => {
  write('spy.mjs', tool('spy'), elsewhere);
  expect(await call('spy', elsewhere)).toEqual([expect.stringContaining('there is no tool "spy"')]);
  await is('spy.mjs', 'disabled');
  expect(server.output).toContain(`waits to be trusted: dispatch trust ${elsewhere}`);
  await trust(elsewhere);
  await is('spy.mjs', 'active');
  rmSync(join(elsewhere, '.dispatch'), { recursive: true });
  await until(async () => (await stateOf('spy.mjs')) === undefined);
});

// Plugins from outside: what 50 of them cost at the start, how soon a change is in use, and what 200 reloads leave behind.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, askJson, turn } from './client.mjs';
import { now, sleep } from './clock.mjs';
import { residentMiB } from './machine.mjs';
import { freshFolder, startPeer } from './peers.mjs';
import { median } from './stats.mjs';

const [many, reloads] = [50, 200];
/** `plugins.settleMs` */
const settleMs = 250;
/** So many first reloads warm up what is made once: the module hooks and their thread. */
const warmUp = 20;

export async function measure(settings) {
  if (settings.alias.dispatch) return []; // the relay has no plugins
  const starts = await measureStarts(settings);
  const changes = await measureChanges(settings);
  const grown = await measureReloads(settings);
  return [
    {
      what: `start to /health, ${many} plugins from outside (left: none)`,
      unit: 'ms',
      values: starts,
      beside: 'none',
      limit: { at: 1.25, of: 'ratio', side: 'most' },
    },
    {
      what: 'a changed file of a plugin: last write to in use (left: the delay that is waited)',
      unit: 'ms',
      values: changes,
      limit: { at: 1_000, of: 'value', side: 'most' },
    },
    {
      what: `growth of memory over ${reloads} reloads of a plugin (left: nothing reloaded)`,
      unit: 'MiB',
      values: grown,
      limit: { at: 20, of: 'value', side: 'most' },
    },
  ];
}

async function measureStarts(settings) {
  const folders = { relay: freshFolder(settings), dispatch: freshFolder(settings) };
  for (let n = 0; n < many; n++) write(folders.dispatch, `plugin-${n}`, 'first');
  const values = { relay: [], dispatch: [] };
  for (let round = 0; round <= settings.rounds * 2; round++) {
    for (const [name, at] of round % 2 ? Object.entries(folders).reverse() : Object.entries(folders)) {
      const peer = await startPeer('dispatch', settings, at);
      if (name === 'dispatch') await until(async () => (await dropped(peer)).length === many);
      await peer.stop();
      if (round > 0) values[name].push(peer.readyMs); // the first reads files for the first time
    }
  }
  return values;
}

async function measureChanges(settings) {
  const values = { relay: [], dispatch: [] };
  const at = freshFolder(settings);
  write(at, 'plugin-0', 'first');
  const peer = await startPeer('dispatch', settings, at);
  await until(async () => (await dropped(peer)).length === 1);
  for (let generation = 2; generation <= settings.rounds * 4; generation++) {
    const written = now();
    write(at, 'plugin-0', `words ${generation}`);
    await until(async () => (await dropped(peer))[0]?.generation === generation);
    values.dispatch.push(now() - written);
    values.relay.push(settleMs);
    await sleep(2_000); // one that changes all the time is made to wait
  }
  await peer.stop();
  return values;
}

async function measureReloads(settings) {
  const values = { relay: [], dispatch: [] };
  for (let round = 0; round < Math.min(settings.rounds, 3); round++) {
    for (const [name, times] of Object.entries({ relay: 0, dispatch: reloads })) {
      const at = freshFolder(settings);
      write(at, 'plugin-0', 'first');
      const peer = await startPeer('dispatch', settings, at);
      await until(async () => (await dropped(peer)).length === 1);
      await reloadSome(peer, at, warmUp);
      for (let index = 0; index < 20; index++) await turn(peer, `warm-${index}`, { tokens: 20 });
      const before = await atRest(peer, settings);
      await reloadSome(peer, at, times);
      values[name].push((await atRest(peer, settings)) - before);
      await peer.stop();
    }
  }
  return values;
}

async function reloadSome(peer, at, times) {
  for (let n = 0; n < times; n++) {
    write(at, 'plugin-0', `words ${n}`);
    const { status, pieces } = await ask(`${peer.url}/plugins/plugin-0/reload`, { method: 'POST' });
    if (status !== 200) throw new Error(`a reload was answered ${status}: ${pieces.map(({ data }) => data).join('')}`);
  }
}

/** Two files, so that a generation is more than one module. */
function write(at, id, words) {
  const folder = join(at, 'home/.local/share/dispatch/plugins', id);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'words.mjs'), `export const words = '${words}';\n`);
  writeFileSync(
    join(folder, 'index.mjs'),
    `import { words } from './words.mjs';
export default class {
  static plugin = { id: '${id}', version: '1.0.0', provides: 'dispatch.tool[]', inject: ['dispatch.logger'] };
  name = '${id.replace('-', '_')}'; description = 'Says some words.'; input = { type: 'object', properties: {} };
  constructor(logger) { this.logger = logger; }
  start(signal) { const timer = setInterval(() => {}, 1000); signal.addEventListener('abort', () => clearInterval(timer)); }
  execute() { return words; }
}
`,
  );
}

async function dropped(peer) {
  const { plugins } = await askJson(`${peer.url}/plugins`);
  return plugins.filter(({ source, state }) => state === 'active' && source.startsWith('/'));
}

/** What the collector has not taken yet is not kept: the least of some looks counts. */
async function atRest(peer, settings) {
  const looks = [];
  for (let look = 0; look < 5; look++) {
    await sleep(settings.settleMs / 2);
    looks.push(residentMiB(peer.pid));
  }
  return median(looks);
}

async function until(holds) {
  while (!(await holds())) await sleep(5);
}

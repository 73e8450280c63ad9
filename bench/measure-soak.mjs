// Twenty conversations in a loop with tools, for minutes: does anything pile up? Only when asked for (--only soak).
// Every 20 seconds all of them pause, and what the server holds at rest is noted. See README.md.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { now, sleep } from './clock.mjs';
import { residentMiB } from './machine.mjs';
import { freshFolder, startPeer } from './peers.mjs';
import { check, clientOf, glance, leftTurn, lookAround, socketTurn, stoppedTurn, toolTurn } from './soak-clients.mjs';
import { startSoakProvider } from './soak-provider.mjs';
import { startedBy } from './started-by.mjs';
import { median } from './stats.mjs';
import { trend } from './trend.mjs';

const conversations = 20;
/** Turns a second, all together: a conversation waits between two. */
const turnsPerSecond = 5;
const sampleEveryMs = 20_000;
/** Turns after which a conversation is compacted, and those after which another takes its place: caches of many fill soon. */
const [compactEvery, newEvery] = [8, 10];
/** Short conversations at first, so that what is kept of the last few thousand ones is full when it counts. */
const filling = 7500;
/** The least a slope may be for sure, in MiB an hour. */
const limits = { rss: 12, heap: 4 };

export async function measure(settings) {
  check(!settings.alias?.dispatch, 'The soak measures the server only: the relay has no tools.');
  const minutes = settings.minutes ?? (settings.quick ? 1 : process.env.CI ? 10 : 30);
  const provider = await startSoakProvider();
  const at = freshFolder(settings);
  const told = join(at, 'inside.ndjson');
  const inside = `${new URL('inside.mjs', import.meta.url)}?to=${encodeURIComponent(told)}`;
  const nodeFlags = [...settings.nodeFlags, '--expose-gc', '--import', inside];
  const peer = await startPeer('dispatch', { ...settings, provider: provider.url, nodeFlags }, at);
  try {
    const soak = { peer, provider, told, client: clientOf(peer.url), work: join(at, 'work'), turns: 0, samples: [] };
    await fill(soak, settings.quick ? 200 : filling);
    soak.began = now();
    await run(soak, minutes * 60_000);
    return rowsOf(soak, minutes);
  } finally {
    await peer.stop();
    provider.close();
  }
}

async function fill({ client }, count) {
  const began = now();
  let next = 0;
  const fillOne = async () => {
    while (next < count) {
      const body = { conversationId: `fill-${next++}`, message: 'hello' };
      const { text } = await client.ask('/chat', { method: 'POST', body });
      check(text.includes('"turn-sealed"'), `a short turn ended with ${text.slice(-300)}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, fillOne));
  process.stderr.write(`  ${count} short conversations in ${((now() - began) / 1000).toFixed(0)} s\n`);
}

/** Rounds of use and rest, until the time is over. */
async function run(soak, ms) {
  const slots = Array.from({ length: conversations }, (_, n) => ({ n, id: `soak-${n}-0`, file: `count-${n}.txt`, turns: 0 }));
  for (const { file } of slots) writeFileSync(join(soak.work, file), `# a file that is edited\ncount=0\n${'line\n'.repeat(50)}`);
  for (const end = soak.began + ms; now() < end; ) {
    const until = Math.min(end, now() + sampleEveryMs);
    await Promise.all([...slots.map((slot) => use(soak, slot, until)), comeAndGo(soak, slots, until)]);
    soak.samples.push(await atRest(soak));
    tell(soak);
  }
  for (const { n, file } of slots) {
    const count = Number(/count=(\d+)/.exec(readFileSync(join(soak.work, file), 'utf8'))?.[1]);
    check(count === slots[n].edits, `${file} was edited ${slots[n].edits} times and says ${count}`);
  }
}

/** One conversation's turns, one after another. */
async function use(soak, slot, until) {
  const { client } = soak;
  await sleep(Math.random() * 1000);
  while (now() < until) {
    const began = now();
    const kind = slot.turns % 10;
    const { id, file } = slot;
    if (kind === 3) await leftTurn(client, id, file);
    else if (kind === 5) await stoppedTurn(client, id, file, 'talk');
    else if (kind === 7) await stoppedTurn(client, id, file, 'shell');
    else {
      await (kind === 9 ? socketTurn : toolTurn)(client, id, file);
      slot.edits = (slot.edits ?? 0) + 1;
    }
    slot.turns++;
    soak.turns++;
    if (kind === 4) await lookAround(client, id);
    if (slot.turns % newEvery === 0) await replace(client, slot);
    else if (slot.turns % compactEvery === 0) await client.json(`/conversations/${id}/compact`, { method: 'POST' });
    await sleep((conversations * 1000) / turnsPerSecond - (now() - began));
  }
}

async function replace(client, slot) {
  await client.json(`/conversations/${slot.id}/close`, { method: 'POST' });
  slot.id = `soak-${slot.n}-${slot.turns}`;
}

async function comeAndGo({ client }, slots, until) {
  while (now() < until) {
    const some = Array.from({ length: 4 }, () => slots[Math.floor(Math.random() * slots.length)]);
    await Promise.all(some.map(({ id }) => glance(client, id, 100 + Math.random() * 900)));
  }
}

/** What the server holds while nobody uses it. */
async function atRest(soak) {
  const { client, provider, peer, told } = soak;
  client.rest();
  for (;;) {
    const { conversations: busy } = await client.json('/conversations?status=active,queued');
    if (busy.length === 0 && provider.open() === 0) break;
    await sleep(50);
  }
  client.rest();
  provider.rest();
  await sleep(500);
  const before = lines(told).length;
  process.kill(peer.pid, 'SIGUSR2');
  while (lines(told).length === before) await sleep(20);
  const inside = JSON.parse(lines(told).at(-1));
  return {
    ...inside,
    minute: (now() - soak.began) / 60_000,
    turns: soak.turns,
    rss: residentMiB(peer.pid),
    fds: readdirSync(`/proc/${peer.pid}/fd`).length,
    children: startedBy(join(peer.folder, 'home'), peer.pid),
  };
}

const lines = (file) => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []);

function tell({ samples }) {
  const { minute, turns, rss, heap, fds, children, loop99 } = samples.at(-1);
  const words = `${minute.toFixed(1)} min, ${turns} turns: ${rss.toFixed(1)} MiB resident, ${heap.toFixed(2)} MiB heap`;
  process.stderr.write(`  ${words}, ${fds} fds, ${children} children, loop p99 ${loop99.toFixed(1)} ms\n`);
}

function rowsOf({ samples, turns }, minutes) {
  // Caches fill at first.
  const steady = samples.filter(({ minute }) => minute > minutes / 3);
  check(steady.length >= 3, 'the soak was too short to tell anything; give it --minutes 2 or more');
  const row = (what, unit, value, at) => ({
    ...{ what, unit, values: { relay: [], dispatch: [value] } },
    ...(at !== undefined && { limit: { of: 'value', side: 'most', at } }),
  });
  const sloped = (what, of) => {
    const { slope, half } = trend(steady.map((sample) => [sample.minute / 60, sample[of]]));
    return [
      row(`${what}, slope (± ${half.toFixed(1)})`, 'MiB/h', slope),
      row(`${what}, slope at least (95 %)`, 'MiB/h', slope - half, limits[of]),
    ];
  };
  const range = (of) => Math.max(...steady.map(of)) - Math.min(...steady.map(of));
  const greatest = (of) => Math.max(...steady.map(of));
  const rows = [
    row(`turns in ${minutes} min`, '', turns),
    ...sloped('memory at rest', 'rss'),
    ...sloped('heap at rest', 'heap'),
    row('memory at rest, at the end', 'MiB', samples.at(-1).rss),
    row(
      'descriptors at rest, greatest − least',
      '',
      range(({ fds }) => fds),
      3,
    ),
    row(
      'child processes at rest',
      '',
      greatest(({ children }) => children),
      0,
    ),
    row('event loop late, median of p99', 'ms', median(steady.map(({ loop99 }) => loop99)), 200),
    row(
      'event loop late, most',
      'ms',
      greatest(({ loopMost }) => loopMost),
    ),
  ];
  return rows.map((each, i) => (i === 0 ? { ...each, samples } : each));
}

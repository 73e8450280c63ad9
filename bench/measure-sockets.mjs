// 200 sockets watch 50 turns that run at once, four each: from the provider's write of a delta to its arrival, and the
// memory that all of it takes. One socket does not read. Then two sockets that let too much wait.
import { randomUUID } from 'node:crypto';
import { sleep } from './clock.mjs';
import { cpuTicks, residentMiB } from './machine.mjs';
import { inRounds, pick, withPeers } from './rounds.mjs';
import { quantile } from './stats.mjs';
import { openWatcher, readPieces } from './watchers.mjs';

const each = 4;
const pace = 10;
/** Characters of a delta of the turns that are too much for a socket that does not read. */
const size = 2048;

export function measure(settings) {
  const turns = settings.quick ? 10 : 50;
  const tokens = settings.quick ? 100 : 500;
  return withPeers(settings, async (peers) => {
    await inRounds(1, peers, (peer) => crowd(peer, { turns: 5, tokens: 50 })); // the hot path compiled
    const rounds = await inRounds(settings.rounds, peers, (peer) => crowd(peer, { turns, tokens }));
    const dispatch = peers.find(({ name }) => name === 'dispatch');
    const merged = await deaf(dispatch, 7_000);
    const cut = await deaf(dispatch, 16_000);
    if (merged.code !== undefined || !merged.whole || merged.events >= merged.tokens)
      throw new Error(`14 MiB wait: expected them merged and whole, got ${JSON.stringify(merged)}`);
    if (cut.code !== 1013) throw new Error(`32 MiB wait: expected the socket closed with 1013, got ${JSON.stringify(cut)}`);
    const alone = (value) => ({ relay: [Number.NaN], dispatch: [value] });
    const what = `${turns * each} sockets, ${turns} turns, ${1000 / pace} deltas/s each`;
    return [
      {
        what: `${what}: a delta's way, p99`,
        unit: 'ms',
        values: pick(rounds, ({ p99 }) => p99),
        limit: { at: 3, of: 'ratio', side: 'most' },
      },
      { what: '… p50', unit: 'ms', values: pick(rounds, ({ p50 }) => p50) },
      {
        what: '… memory growth, at most',
        unit: 'MiB',
        values: pick(rounds, ({ grown }) => grown),
        limit: { at: 60, of: 'value', side: 'most' },
      },
      { what: '… CPU of the server', unit: '% of a core', values: pick(rounds, ({ cpu }) => cpu) },
      { what: 'a socket that lets 14 MiB wait: events it gets of 7,000', unit: 'events', values: alone(merged.events) },
      { what: 'a socket that lets 32 MiB wait is closed with', unit: 'code', values: alone(cut.code) },
      { what: '… memory growth, that of the turn itself included', unit: 'MiB', values: alone(cut.grown) },
    ];
  });
}

/** All turns at once, each watched by four; the very last socket does not read until all is over. */
async function crowd(peer, { turns, tokens }) {
  await sleep(500);
  const before = residentMiB(peer.pid);
  const most = highest(peer.pid);
  const ids = Array.from({ length: turns }, () => randomUUID());
  const watchers = await openAll(peer, ids);
  const paused = watchers.at(-1);
  paused.socket.pause();
  const busy = cpuTicks(peer.pid);
  for (const [index, id] of ids.entries()) watchers[index * each].send(id, marker(tokens, `delay=${pace}`));
  await Promise.all(watchers.map((watcher) => watcher !== paused && watcher.over));
  const cpu = (1000 * (cpuTicks(peer.pid) - busy)) / (tokens * pace);
  const grown = most() - before;
  paused.socket.resume();
  await paused.over;
  const seen = watchers.map(({ pieces }) => readPieces(pieces, tokens));
  for (const watcher of watchers) watcher.close();
  const broken = seen.filter(({ whole }) => !whole);
  if (broken.length > 0) throw new Error(`${peer.name}: ${broken.length} of ${seen.length} sockets did not get their turn whole`);
  const delays = seen.slice(0, -1).flatMap((one) => one.delays);
  return { p50: quantile(delays, 0.5), p99: quantile(delays, 0.99), grown, cpu };
}

async function openAll(peer, ids) {
  const watchers = [];
  for (const id of ids.flatMap((one) => Array.from({ length: each }, () => one))) {
    const watcher = await openWatcher(peer.url);
    watcher.watch(id);
    watchers.push(watcher);
  }
  await sleep(200);
  return watchers;
}

/** A turn of long deltas, as fast as they go: one socket reads, one does not until the turn is over. */
async function deaf(peer, tokens) {
  await sleep(500);
  const before = residentMiB(peer.pid);
  const most = highest(peer.pid);
  const id = randomUUID();
  const [reading, paused] = [await openWatcher(peer.url), await openWatcher(peer.url)];
  for (const watcher of [reading, paused]) watcher.watch(id);
  await sleep(200);
  paused.socket.pause();
  reading.send(id, marker(tokens, `size=${size}`));
  await reading.over;
  await sleep(500);
  const grown = most() - before;
  paused.socket.resume();
  await paused.over;
  const whole = readPieces(reading.pieces, tokens);
  if (!whole.whole) throw new Error(`the socket beside one that does not read got ${whole.numbers} of ${tokens} deltas`);
  const { delays: _, ...seen } = readPieces(paused.pieces, tokens);
  for (const watcher of [reading, paused]) watcher.close();
  return { ...seen, tokens, grown };
}

let tags = 0;
const marker = (tokens, more) => `#bench tag=w${++tags} tokens=${tokens} stamp=1 ${more}`;

/** The highest resident memory from now until the answer is asked. */
function highest(pid) {
  let most = 0;
  const look = () => {
    most = Math.max(most, residentMiB(pid));
  };
  const timer = setInterval(look, 100);
  return () => {
    clearInterval(timer);
    look();
    return most;
  };
}

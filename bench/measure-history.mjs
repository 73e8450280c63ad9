// A server with a big history: how long lists, windows and searches take, and whether it starts as fast as an empty one.
import { join } from 'node:path';
import { ask } from './client.mjs';
import { now } from './clock.mjs';
import { commonWord, dice, rareWord, word } from './history-words.mjs';
import { makeHistory } from './make-history.mjs';
import { startPeer } from './peers.mjs';
import { quantile } from './stats.mjs';

const requests = 200;
const size = { conversations: 10_000, chunks: 1_000_000, longest: 6_000 };
const quickSize = { conversations: 500, chunks: 50_000, longest: 5_000 };
const limit = { at: 30, of: 'value', side: 'most' };

export async function measure(settings) {
  if (settings.alias.dispatch) return []; // the relay remembers nothing
  const first = await startPeer('dispatch', settings);
  await first.stop();
  const made = await makeHistory(join(first.folder, 'data/dispatch.db'), settings.quick ? quickSize : size);
  const about = `${made.chunks.toLocaleString('en-US')} chunks`;
  process.stderr.write(
    `${made.ids.length.toLocaleString('en-US')} conversations, ${about}, ${made.texts.toLocaleString('en-US')} texts …\n`,
  );
  const starts = await measureStarts(settings, first.folder);
  const peer = await startPeer('dispatch', settings, first.folder);
  try {
    const rows = [];
    for (const [what, question] of Object.entries(questions(made))) rows.push(...(await measureOne(settings, peer, what, question)));
    return [
      {
        what: `start to /health, ${about} (left: an empty database)`,
        unit: 'ms',
        values: starts,
        beside: 'empty',
        limit: { at: 1.1, of: 'ratio', side: 'most' },
      },
      ...rows,
    ];
  } finally {
    await peer.stop();
  }
}

/** An existing but empty data folder stands where the relay stands elsewhere. */
async function measureStarts(settings, folder) {
  const empty = await startPeer('dispatch', settings);
  await empty.stop();
  const values = { relay: [], dispatch: [] };
  for (let round = 0; round <= settings.rounds; round++) {
    const folders = { relay: empty.folder, dispatch: folder };
    const order = Object.entries(folders);
    for (const [name, at] of round % 2 ? order.reverse() : order) {
      const peer = await startPeer('dispatch', settings, at);
      await peer.stop();
      if (round > 0) values[name].push(peer.readyMs); // the first reads files for the first time
    }
  }
  return values;
}

/** Each answers a path; `expected` says how many of what there must be. `free`: told, but without a target. */
function questions({ ids, longest, workspaces, rare }) {
  const next = dice(23);
  const any = (list) => list[Math.floor(next() * list.length)];
  const place = () => 1 + Math.floor(next() * (longest.seq - 200));
  const common = () => word(Math.floor(next() * 10));
  const middling = () => word(200 + Math.floor(next() * 2_000));
  const search = (q, more = '') => `/search?limit=20&q=${encodeURIComponent(q)}${more}`;
  const small = workspaces.at(-1);
  return {
    'list, first page': { path: () => '/conversations?limit=50', expected: 50 },
    'list, a later page': {
      path: (cursor) => `/conversations?limit=50&cursor=${cursor}`,
      expected: 50,
      follows: '/conversations?limit=50',
    },
    'list, of one workspace': { path: () => `/conversations?limit=50&workspaceId=${any(workspaces.slice(0, 3))}` },
    'list, by the beginning of the id': { path: () => `/conversations?q=${any(ids).slice(0, 8)}` },
    'list, by one letter of the id': { path: () => `/conversations?limit=50&q=${any(ids).slice(0, 1)}` },
    'list, all of it': { path: () => '/conversations', expected: ids.length, free: true },
    'window, the newest 50 of any conversation': { path: () => `/conversations/${any(ids)}?limit=50` },
    'window, 50 before a place': { path: () => `/conversations/${longest.id}?beforeSeq=${place() + 100}&limit=50`, expected: 50 },
    'window, the newest 50 since a place': { path: () => `/conversations/${longest.id}?sinceSeq=${place()}&limit=50`, expected: 50 },
    'window, between two places': {
      path: () => {
        const from = place();
        return `/conversations/${longest.id}?sinceSeq=${from}&beforeSeq=${from + 51}`;
      },
      expected: 50,
    },
    'window, the last 20': { path: () => `/conversations/${longest.id}?sinceSeq=${longest.seq - 20}`, expected: 20 },
    'window, all 6,000': { path: () => `/conversations/${longest.id}`, expected: longest.seq, free: true },
    'search, a rare word': { path: () => search(rareWord), expected: Math.min(20, rare) },
    'search, a common word': { path: () => search(common()), expected: 20 },
    'search, the most common word in a small workspace': { path: () => search(commonWord, `&workspaceId=${small}`), expected: 20 },
    'search, a phrase': { path: () => search(`"${common()} ${common()}"`), expected: 20 },
    'search, two words': { path: () => search(`${common()} ${middling()}`) },
    'search, two uncommon words': { path: () => search(`${middling()} ${middling()}`) },
    'search, the beginning of a word': { path: () => search(`${common().slice(0, 2)}*`), expected: 20 },
    'search, one word without another': { path: () => search(`${middling()} -${common()}`) },
    'search, a later page': { path: (cursor) => search(commonWord, `&cursor=${cursor}`), expected: 20, follows: search(commonWord) },
  };
}

async function measureOne(settings, peer, what, { path, expected, free, follows }) {
  let cursor = follows && (await answered(peer, follows)).answer.cursor;
  const rounds = [];
  for (let round = 0; round < settings.rounds; round++) {
    const took = [];
    for (let index = 0; index < (free ? requests / 10 : requests); index++) {
      const { answer, ms } = await answered(peer, path(cursor));
      const found = (answer.conversations ?? answer.chunks ?? answer.hits).length;
      if (expected !== undefined && found !== expected) throw new Error(`${what}: expected ${expected}, got ${found}`);
      if (follows) cursor = answer.cursor ?? cursor;
      if (round > 0 || index >= 20) took.push(ms); // the first ones make ready what the others use
    }
    rounds.push(took);
  }
  const row = (name, share, target) => ({
    what: `${name}`,
    unit: 'ms',
    values: { relay: [], dispatch: rounds.map((took) => quantile(took, share)) },
    ...(target && { limit: target }),
  });
  return [row(`${what}: p95`, 0.95, free ? undefined : limit), row('… p50', 0.5)];
}

async function answered({ url }, path) {
  const sent = now();
  const { status, pieces } = await ask(url + path);
  const text = Buffer.concat(pieces.map(({ data }) => data)).toString();
  const ms = now() - sent;
  if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${text.slice(0, 300)}`);
  return { ms, answer: JSON.parse(text) };
}

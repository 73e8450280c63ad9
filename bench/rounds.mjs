// What the measurements share: peers side by side, round after round.
import { randomUUID } from 'node:crypto';
import { turn } from './client.mjs';
import { startPeer } from './peers.mjs';

/** The floor and the one it is the floor for. */
export const names = ['relay', 'dispatch'];

/** Starts both peers, warms each with the same turns, runs `measure` and stops them. */
export async function withPeers(settings, measure) {
  const peers = [];
  try {
    for (const name of names) peers.push(await startPeer(name, settings));
    for (const peer of peers)
      for (let index = 0; index < settings.warmUp; index++) await turn(peer, index % 2 ? 'warm' : randomUUID(), { tokens: 20 });
    return await measure(peers);
  } finally {
    for (const peer of peers) await peer.stop();
  }
}

/** Measures every peer once a round, in turn, each second round in reverse; values by peer, one a round. */
export async function inRounds(count, peers, measure) {
  const values = Object.fromEntries(peers.map(({ name }) => [name, []]));
  for (let round = 0; round < count; round++) {
    for (const peer of round % 2 ? [...peers].reverse() : peers) values[peer.name].push(await measure(peer, round));
  }
  return values;
}

/** Takes one figure out of every value: `{ relay: [{a, b}] }` → `{ relay: [a] }`. */
export const pick = (values, take) => Object.fromEntries(Object.entries(values).map(([name, list]) => [name, list.map(take)]));

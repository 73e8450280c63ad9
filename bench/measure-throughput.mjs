// 5,000 deltas that the provider writes as fast as the socket takes them: deltas a second, until `done` is there.
import { randomUUID } from 'node:crypto';
import { turn } from './client.mjs';
import { inRounds, pick, withPeers } from './rounds.mjs';

const tokens = 5000;

export function measure(settings) {
  return withPeers(settings, async (peers) => {
    const once = (peer) => turn(peer, randomUUID(), { tokens });
    await inRounds(settings.quick ? 1 : 3, peers, once); // the hot path compiled
    const rounds = await inRounds(settings.rounds + 2, peers, once);
    return [
      {
        what: '5,000 unpaced deltas, to done',
        unit: 'deltas/s',
        values: pick(rounds, ({ rate }) => rate),
        limit: { at: 60_000, of: 'value', side: 'least' },
      },
      { what: '… text-delta events that reached the client', unit: 'events', values: pick(rounds, ({ deltas }) => deltas) },
    ];
  });
}

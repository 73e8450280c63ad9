// One long conversation: what a turn adds after 500 others, minus what it added at first, in µs per prior turn.
import { randomUUID } from 'node:crypto';
import { turn } from './client.mjs';
import { inRounds, pick, withPeers } from './rounds.mjs';
import { median } from './stats.mjs';

const sample = 25;

export function measure(settings) {
  const turns = settings.quick ? 100 : 500;
  return withPeers(settings, async (peers) => {
    const rounds = await inRounds(settings.rounds, peers, async (peer) => {
      const conversation = randomUUID();
      const added = [];
      for (let index = 0; index < turns + sample; index++) added.push((await turn(peer, conversation, { tokens: 20 })).added);
      const [first, last] = [median(added.slice(0, sample)), median(added.slice(-sample))];
      return { first, last, perTurn: (1000 * (last - first)) / turns };
    });
    return [
      {
        what: `growth of the added time over ${turns} turns`,
        unit: 'µs/turn',
        values: pick(rounds, ({ perTurn }) => perTurn),
        limit: { at: 5, of: 'value', side: 'most' },
      },
      { what: '… added time of the first turns', unit: 'ms', values: pick(rounds, ({ first }) => first) },
      { what: '… added time of the last turns', unit: 'ms', values: pick(rounds, ({ last }) => last) },
    ];
  });
}

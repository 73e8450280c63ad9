// Added time to the first delta: (client sends → first text-delta) − (provider: request arrives → first delta written).
import { randomUUID } from 'node:crypto';
import { turn } from './client.mjs';
import { inRounds, pick, withPeers } from './rounds.mjs';
import { median } from './stats.mjs';

export function measure(settings) {
  return withPeers(settings, async (peers) => {
    const kinds = { 'one conversation': () => 'one', 'fresh conversations': () => randomUUID() };
    const rows = [];
    for (const [kind, conversation] of Object.entries(kinds)) {
      const rounds = await inRounds(settings.rounds, peers, async (peer) => {
        const turns = [];
        for (let index = 0; index < settings.turns; index++) turns.push(await turn(peer, conversation()));
        const middle = (take) => median(turns.map(take));
        return { first: middle((each) => each.addedFirst), before: middle((each) => each.before), added: middle((each) => each.added) };
      });
      const limit = { at: 2.5, of: 'ratio', side: 'most' };
      rows.push(
        { what: `added time to first delta, ${kind}`, unit: 'ms', values: pick(rounds, ({ first }) => first), limit },
        { what: `… of it before the provider's request, ${kind}`, unit: 'ms', values: pick(rounds, ({ before }) => before) },
        { what: `added time to done, ${kind}`, unit: 'ms', values: pick(rounds, ({ added }) => added) },
      );
    }
    return rows;
  });
}

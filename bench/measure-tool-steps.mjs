// A turn of 20 read_file steps, one after another: what each of its 21 model round trips takes beyond the provider.
import { randomUUID } from 'node:crypto';
import { turn } from './client.mjs';
import { inRounds, withPeers } from './rounds.mjs';
import { median } from './stats.mjs';

const chain = 20;

export function measure(settings) {
  return withPeers(settings, async (peers) => {
    const once = async (peer) => (await turn(peer, randomUUID(), { chain })).added / (chain + 1);
    await inRounds(2, peers, once); // the tool's code loaded and compiled
    const values = await inRounds(settings.rounds, peers, async (peer) => median([await once(peer), await once(peer), await once(peer)]));
    return [{ what: '20 sequential read_file steps, added', unit: 'ms/step', values, limit: { at: 3, of: 'value', side: 'most' } }];
  });
}

// Resident memory: idle after the start, and after many turns in many conversations.
import { turn } from './client.mjs';
import { sleep } from './clock.mjs';
import { residentMiB } from './machine.mjs';
import { startPeer } from './peers.mjs';
import { inRounds, names, pick } from './rounds.mjs';

export async function measure(settings) {
  const turns = settings.quick ? 40 : 400;
  const peers = names.map((name) => ({ name }));
  const rounds = await inRounds(settings.rounds, peers, async ({ name }) => {
    const peer = await startPeer(name, settings);
    await sleep(settings.settleMs);
    const idle = residentMiB(peer.pid);
    for (let index = 0; index < turns; index++) await turn(peer, `memory-${index % 20}`, { tokens: 20 });
    await sleep(settings.settleMs);
    const after = residentMiB(peer.pid);
    await peer.stop();
    return { idle, after };
  });
  return [
    {
      what: 'memory, idle after start',
      unit: 'MiB',
      values: pick(rounds, ({ idle }) => idle),
      limit: { at: 110, of: 'value', side: 'most' },
    },
    { what: `memory after ${turns} turns`, unit: 'MiB', values: pick(rounds, ({ after }) => after) },
  ];
}

// From the spawn to the first 200 of /health: with a fresh data folder, and with that folder once more after a turn.
import { turn } from './client.mjs';
import { startPeer } from './peers.mjs';
import { inRounds, names, pick } from './rounds.mjs';

export async function measure(settings) {
  const peers = names.map((name) => ({ name }));
  const rounds = await inRounds(settings.rounds + 1, peers, async ({ name }) => {
    const first = await startPeer(name, settings);
    await turn(first, 'start');
    await first.stop();
    const again = await startPeer(name, settings, first.folder);
    await again.stop();
    return { fresh: first.readyMs, existing: again.readyMs };
  });
  for (const list of Object.values(rounds)) list.shift(); // files read for the first time
  const limit = { at: 400, of: 'value', side: 'most' };
  return [
    { what: 'start to /health, fresh data folder', unit: 'ms', values: pick(rounds, ({ fresh }) => fresh), limit },
    { what: 'start to /health, existing data folder', unit: 'ms', values: pick(rounds, ({ existing }) => existing), limit },
  ];
}

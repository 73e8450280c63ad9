// 5,000 turns over 50 conversations; how much memory keeps growing with them. Only when asked for (--only soak).
import { turn } from './client.mjs';
import { residentMiB } from './machine.mjs';
import { startPeer } from './peers.mjs';
import { names } from './rounds.mjs';
import { slope } from './stats.mjs';

export async function measure(settings) {
  const turns = settings.quick ? 500 : 5000;
  const [grown, held] = [{}, {}];
  for (const name of names) {
    const peer = await startPeer(name, settings);
    const points = [];
    for (let index = 1; index <= turns; index++) {
      await turn(peer, `soak-${Math.floor(index / (turns / 50))}`, { tokens: 20, chain: index % 10 === 0 ? 1 : 0 });
      if (index % (turns / 50) === 0) points.push([index, residentMiB(peer.pid)]);
    }
    await peer.stop();
    const second = points.slice(points.length / 2); // the first half fills caches
    grown[name] = [1024 * slope(second)];
    held[name] = [points.at(-1)[1]];
  }
  return [
    { what: `memory slope over the second half of ${turns} turns`, unit: 'KiB/turn', values: grown },
    { what: `memory after ${turns} turns`, unit: 'MiB', values: held },
  ];
}

import { readdirSync, readFileSync } from 'node:fs';

/** How many living processes were started, at whatever remove, by a server with this home, itself left out. */
export function startedBy(home, server) {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name) || Number(name) === server) return false;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      const zombie = stat[stat.lastIndexOf(')') + 2] === 'Z';
      return !zombie && readFileSync(`/proc/${name}/environ`, 'latin1').split('\0').includes(`HOME=${home}`);
    } catch {
      return false; // it ended meanwhile, or is somebody else's
    }
  }).length;
}

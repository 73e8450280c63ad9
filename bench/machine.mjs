// What /proc tells: memory of a process, and how much of the machine others used while we measured. Linux only.
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';

const linux = process.platform === 'linux';

export const machine = () => ({
  node: process.version,
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  memoryMiB: Math.round(totalmem() / 2 ** 20),
});

/** Resident memory of one process in MiB (VmRSS). */
export function residentMiB(pid) {
  if (!linux) return Number.NaN;
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** CPU time that a process has used, in ticks of 10 ms. */
export function cpuTicks(pid) {
  return linux ? readProcess(String(pid))[0].ticks : Number.NaN;
}

/**
 * Begins to watch the machine; the answer ends it and says which share of all cores others used meanwhile, in percent,
 * hypervisor steal included. Ours is this process and everything below it.
 */
export function watchNoise() {
  if (!linux) return () => Number.NaN;
  const before = { all: machineTicks(), ours: ourTicks() };
  return () => {
    const all = machineTicks();
    const busy = all.busy - before.all.busy - (ourTicks() - before.ours);
    return Math.max(0, (100 * busy) / Math.max(1, all.total - before.all.total));
  };
}

function machineTicks() {
  const [user, nice, system, idle, wait, irq, soft, steal] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const busy = user + nice + system + irq + soft + steal;
  return { busy, total: busy + idle + wait };
}

/** CPU ticks of this process and its descendants, the ended ones included once they were waited for. */
function ourTicks() {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(readProcess);
  const ours = new Set([process.pid]);
  for (let size = 0; size !== ours.size; ) {
    size = ours.size;
    for (const { pid, parent } of processes) if (ours.has(parent)) ours.add(pid);
  }
  return processes.reduce((sum, { pid, ticks }) => sum + (ours.has(pid) ? ticks : 0), 0);
}

function readProcess(name) {
  try {
    const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return [{ pid: Number(name), parent: fields[1], ticks: fields[11] + fields[12] + fields[13] + fields[14] }];
  } catch {
    return []; // it ended while we looked
  }
}

import { setTimeout as wait } from 'node:timers/promises';
import { allProcesses, ancestry, type Process, withDescendants } from './processes.js';

/** How long processes have to end by themselves, and how long is tried at all. */
export interface Patience {
  /** Milliseconds between SIGTERM and SIGKILL. */
  graceMs: number;
  /** Milliseconds after which those that will not end are left alone. */
  limitMs: number;
  /** How many passes in a row must find none. */
  cleanPasses: number;
}

/**
 * Ends every process that `chosen` picks and all that descend from them: SIGTERM, a short grace, then SIGKILL until
 * passes in a row find none (a single one misses what is forked, or just starting another program, while it looks).
 * Answers the numbers of those that could not be ended. Never touches this process or one above it.
 */
export async function endProcesses(
  chosen: (all: readonly Process[]) => Promise<Set<number>>,
  { graceMs, limitMs, cleanPasses }: Patience,
): Promise<number[]> {
  const began = performance.now();
  const asked = new Set<number>();
  let clean = 0;
  for (let pass = 0; ; pass++) {
    const all = await allProcesses();
    const mine = ancestry(all, process.pid);
    const found = [...withDescendants(all, await chosen(all))].filter((pid) => pid > 1 && !mine.has(pid));
    clean = found.length === 0 ? clean + 1 : 0;
    if (clean === cleanPasses) return [];
    const spent = performance.now() - began;
    if (spent > limitMs) return found;
    const kill = spent >= graceMs;
    for (const pid of found) {
      if (!kill && asked.has(pid)) continue;
      asked.add(pid);
      signal(pid, kill ? 'SIGKILL' : 'SIGTERM');
    }
    await wait(Math.min(50, 2 + pass * 4));
  }
}

/** Signals a process or, with a negative number, a group; one that is gone already is fine. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

import { setTimeout as wait } from 'node:timers/promises';
import { endProcesses, type Patience, signal } from './end-processes.js';
import { marksIn, ownerOf } from './marker.js';
import { environOf, outputsOf, type Process, processOf } from './processes.js';

/** What one command's processes are known by. */
export interface CommandTree {
  /** The shell's process, leader of its own group. */
  leader: number;
  /** Its start; nothing that began before it can belong to the command. */
  startedAt: string;
  mark: string;
  /** What its outputs are, as `/proc/<pid>/fd/1` names it; finds those that dropped their environment. */
  outputs: readonly string[];
}

const linux = process.platform === 'linux';

/** Ends all processes of a command, also those in sessions of their own. Answers those that could not be ended. */
export async function endTree(tree: CommandTree, patience: Patience): Promise<number[]> {
  if (linux) return endProcesses((all) => belonging(all, tree), patience);
  // Without /proc only the group can be reached.
  signal(-tree.leader, 'SIGTERM');
  await wait(patience.graceMs);
  signal(-tree.leader, 'SIGKILL');
  return [];
}

async function belonging(all: readonly Process[], tree: CommandTree): Promise<Set<number>> {
  const later = all.filter(({ startedAt }) => Number(startedAt) >= Number(tree.startedAt));
  const chosen = await Promise.all(later.map((each) => belongs(each, tree)));
  return new Set(later.filter((_, i) => chosen[i]).map(({ pid }) => pid));
}

async function belongs({ pid, group }: Process, tree: CommandTree): Promise<boolean> {
  if (group === tree.leader || marksIn(await environOf(pid)).includes(tree.mark)) return true;
  return (await outputsOf(pid)).some((each) => tree.outputs.includes(each));
}

/** Ends what commands of an earlier server with this data directory left behind. Answers how many it found. */
export async function endOrphans(dataDir: string, patience: Patience): Promise<number> {
  if (!linux) return 0;
  const seen = new Set<number>();
  await endProcesses(async (all) => {
    const left = await Promise.all(all.map(({ pid }) => isOrphan(pid, dataDir)));
    const chosen = all.filter((_, i) => left[i]).map(({ pid }) => pid);
    for (const pid of chosen) seen.add(pid);
    return new Set(chosen);
  }, patience);
  return seen.size;
}

/** Whether a process bears a mark of this data directory whose server is gone. */
async function isOrphan(pid: number, dataDir: string): Promise<boolean> {
  for (const mark of marksIn(await environOf(pid))) {
    const owner = ownerOf(mark, dataDir);
    if (owner && (await processOf(owner.pid))?.startedAt !== owner.startedAt) return true;
  }
  return false;
}

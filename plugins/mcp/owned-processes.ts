import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

/** The variable that marks every process of a server, however it is detached: `<data directory>.<pid>.<start>.<id>`. */
export const ownerName = 'DISPATCH_OWNER';

/** Milliseconds between SIGTERM and SIGKILL, and after which those that will not end are left alone. */
const graceMs = 1_000;
const limitMs = 3_500;

/** The processes that this server process starts for others to speak to, and those that an earlier one left behind. */
export class OwnedProcesses {
  private readonly directory: string;

  constructor(dataDir: string) {
    this.directory = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  }

  /** A mark of its own for each child. */
  async newMark(): Promise<string> {
    return [this.directory, process.pid, (await startOf(process.pid)) ?? '', randomUUID()].join('.');
  }

  /** Ends a child that leads its own group, and everything that bears its mark: politely, then not. */
  async end(leader: number, mark: string): Promise<void> {
    signal(-leader, 'SIGTERM');
    await this.endAll((marks) => marks.includes(mark), leader);
  }

  /** Ends what a server that is gone has left behind on this data directory. Answers how many processes that were. */
  async endOrphans(): Promise<number> {
    const owners = new Map<string, boolean>();
    const orphaned = async (mark: string) => {
      const [directory, pid, start] = mark.split('.');
      if (directory !== this.directory) return false;
      const owner = `${pid} ${start}`;
      if (!owners.has(owner)) owners.set(owner, (await startOf(Number(pid))) !== start);
      return owners.get(owner) as boolean;
    };
    return this.endAll(async (marks) => (await Promise.all(marks.map(orphaned))).includes(true));
  }

  /** Repeats until a look finds none: a single one misses what is being forked while it looks. */
  private async endAll(belongs: (marks: string[]) => boolean | Promise<boolean>, group?: number): Promise<number> {
    const seen = new Set<number>();
    for (const began = performance.now(); ; ) {
      const found = await bearing(belongs);
      if (group !== undefined && signal(-group, 0) && !found.includes(group)) found.push(-group);
      const spent = performance.now() - began;
      if (found.length === 0 || spent > limitMs) return seen.size;
      for (const pid of found) {
        if (!seen.has(pid)) signal(pid, 'SIGTERM');
        else if (spent > graceMs) signal(pid, 'SIGKILL');
        seen.add(pid);
      }
      await wait(spent < 100 ? 10 : 50);
    }
  }
}

/** The living processes whose marks are the ones asked for; none on systems without `/proc`. */
async function bearing(belongs: (marks: string[]) => boolean | Promise<boolean>): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  const chosen = await Promise.all(
    names.map(async (name) => {
      const pid = Number(name);
      if (!Number.isInteger(pid) || pid < 2 || pid === process.pid) return [];
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      const value = environment.split('\0').find((each) => each.startsWith(`${ownerName}=`));
      return value !== undefined && (await belongs(value.slice(ownerName.length + 1).split(' '))) ? [pid] : [];
    }),
  );
  return chosen.flat();
}

/** When a process started, in clock ticks since boot; undefined when it is gone, or cannot be seen. */
async function startOf(pid: number): Promise<string | undefined> {
  const line = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  // The name in parentheses may itself hold spaces and parentheses.
  return line?.slice(line.lastIndexOf(')') + 2).split(' ')[19];
}

/** Signals a process or, with a negative number, a group. False when it is gone already. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH' || code === 'EPERM') return false;
    throw error;
  }
}

import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

/** The variable that marks every process of a server, however it is detached: `<data directory>.<pid>.<start>.<id>`. */
export const ownerName = 'DISPATCH_OWNER';

/** Milliseconds between SIGTERM and SIGKILL, and after which those that will not end are left alone. */
const graceMs = 500;
const limitMs = 3_500;

/** The processes that this server process starts for others to speak to, with all they start, and those that an earlier one left behind. */
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
      const found = await living(belongs, group);
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

/** The living processes whose marks are the ones asked for, or that are in this group; without `/proc` the group as one. */
async function living(belongs: (marks: string[]) => boolean | Promise<boolean>, group?: number): Promise<number[]> {
  const names = await readdir('/proc').catch(() => undefined);
  if (!names) return group !== undefined && signal(-group, 0) ? [-group] : [];
  const chosen = await Promise.all(
    names.map(async (name) => {
      const pid = Number(name);
      if (!Number.isInteger(pid) || pid < 2 || pid === process.pid) return [];
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      const value = environment.split('\0').find((each) => each.startsWith(`${ownerName}=`));
      if (value !== undefined && (await belongs(value.slice(ownerName.length + 1).split(' ')))) return [pid];
      return group !== undefined && (await isOf(pid, group)) ? [pid] : [];
    }),
  );
  return chosen.flat();
}

/** Whether a process is in a group and not over: one that nobody has buried would else be waited for. */
async function isOf(pid: number, group: number): Promise<boolean> {
  const [state, , itsGroup] = await fieldsOf(pid);
  return Number(itsGroup) === group && state !== 'Z' && state !== 'X';
}

/** When a process started, in clock ticks since boot; undefined when it is gone, or cannot be seen. */
async function startOf(pid: number): Promise<string | undefined> {
  return (await fieldsOf(pid))[19];
}

/** What the system tells of a process, from its state on. */
async function fieldsOf(pid: number): Promise<string[]> {
  const line = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  // The name in parentheses may itself hold spaces and parentheses.
  return line === undefined ? [] : line.slice(line.lastIndexOf(')') + 2).split(' ');
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

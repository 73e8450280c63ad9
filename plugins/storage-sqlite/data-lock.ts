import { readFileSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { messageOf } from 'dispatch/kernel';
import { StorageError } from './contract.js';
import { systemCode } from './disk-error.js';

interface Holder {
  pid: number;
  /** When the process began, as the system counts; a process that got the same pid later has another. */
  began: string | null;
}

/** Says that one server works here. Left behind by a killed one, it is recognised as stale and taken over. */
export class DataLock {
  private constructor(
    private readonly path: string,
    private readonly text: string,
  ) {}

  /** Throws `locked`, naming the process that has it. */
  static async take(path: string, what: string): Promise<DataLock> {
    const text = JSON.stringify({ pid: process.pid, began: beganOf(process.pid) } satisfies Holder);
    try {
      await writeFile(path, text, { flag: 'wx', mode: 0o600 });
      return new DataLock(path, text);
    } catch (thrown) {
      if (systemCode(thrown) !== 'EEXIST') throw thrown;
    }
    const holder = await holderOf(path);
    if (!holder || !isAlive(holder)) {
      const mine = `${path}.${process.pid}`;
      await writeFile(mine, text, { mode: 0o600 });
      await rename(mine, path);
      await wait(30); // two may have found it stale at once: the one that came last has it
      if ((await readFile(path, 'utf8').catch(messageOf)) === text) return new DataLock(path, text);
    }
    const now = (await holderOf(path)) ?? holder;
    throw new StorageError(
      'locked',
      `${what} is in use by another server, process ${now?.pid ?? 'unknown'} (${path}): stop it, or name another folder with DISPATCH_DATA_DIR`,
    );
  }

  async release(): Promise<void> {
    const text = await readFile(this.path, 'utf8').catch(() => undefined);
    if (text === this.text) await rm(this.path, { force: true });
  }
}

async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    const { pid, began } = JSON.parse(await readFile(path, 'utf8')) as Partial<Holder>;
    return Number.isSafeInteger(pid) && (pid as number) > 0 ? { pid: pid as number, began: began ?? null } : undefined;
  } catch {
    return undefined; // half written by a process that died, or not ours
  }
}

function isAlive({ pid, began }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    if (systemCode(thrown) !== 'EPERM') return false;
  }
  const now = beganOf(pid);
  return began === null || now === null || now === began;
}

/** Boot and start time on Linux; null where the system does not tell. */
function beganOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`;
  } catch {
    return null;
  }
}

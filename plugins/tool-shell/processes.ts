import { open, readdir, readlink } from 'node:fs/promises';

/** Processes that are looked at side by side. */
const atOnce = 8;

/** A living process, as far as this user may see it. */
export interface Process {
  pid: number;
  parent: number;
  group: number;
  /** Clock ticks since boot. */
  startedAt: string;
}

/** Reads the line of `/proc/<pid>/stat`; undefined for a process that has ended (a zombie). */
export function parseStat(line: string): Process | undefined {
  // The name in parentheses may itself hold spaces and parentheses.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const [state, parent, group] = fields;
  if (state === undefined || state === 'Z' || state === 'X') return undefined;
  return { pid: Number.parseInt(line, 10), parent: Number(parent), group: Number(group), startedAt: startIn(line) };
}

/** The start of a process in its `stat` line, also of one that has ended. */
export const startIn = (line: string): string => line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? '';

/** Every living process; empty on systems without `/proc`. */
export async function allProcesses(): Promise<Process[]> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const found: Process[] = [];
  const look = async () => {
    for (let pid = pids.pop(); pid !== undefined; pid = pids.pop()) {
      const process = await processOf(pid);
      if (process) found.push(process);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, look));
  return found;
}

/** One process, or undefined when it has ended or cannot be seen. */
export async function processOf(pid: number): Promise<Process | undefined> {
  const line = await textOf(`/proc/${pid}/stat`, 1024);
  return line === undefined ? undefined : parseStat(line);
}

/** The environment a process was started with; empty when it may not be read. */
export const environOf = async (pid: number): Promise<string> => (await textOf(`/proc/${pid}/environ`, 4096)) ?? '';

/**
 * A file of `/proc`, which tells no size; undefined when it cannot be read. `readFile` would take 64 KiB for each, which
 * for all processes at once leaves the memory of this one in pieces.
 */
async function textOf(path: string, guess: number): Promise<string | undefined> {
  const file = await open(path).catch(() => undefined);
  try {
    let bytes = Buffer.allocUnsafe(guess);
    for (let length = 0; file; ) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length);
      length += bytesRead;
      if (bytesRead === 0) return bytes.toString('latin1', 0, length);
      if (length === bytes.length) bytes = Buffer.concat([bytes], 2 * length);
    }
    return undefined;
  } catch {
    return undefined; // it ended while it was read
  } finally {
    await file?.close();
  }
}

/** What a process has open as its output and error output. */
export const outputsOf = (pid: number): Promise<string[]> =>
  Promise.all([1, 2].map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));

/** The chosen ones and everything below them. */
export function withDescendants(all: readonly Process[], chosen: ReadonlySet<number>): Set<number> {
  const taken = new Set(chosen);
  for (let grew = true; grew; ) {
    grew = false;
    for (const { pid, parent } of all)
      if (!taken.has(pid) && taken.has(parent)) {
        taken.add(pid);
        grew = true;
      }
  }
  return taken;
}

/** A process and everything above it: never to be ended by its own sweep. */
export function ancestry(all: readonly Process[], pid: number): Set<number> {
  const parents = new Map(all.map((each) => [each.pid, each.parent]));
  const line = new Set<number>();
  for (let at: number | undefined = pid; at && !line.has(at); at = parents.get(at)) line.add(at);
  return line;
}

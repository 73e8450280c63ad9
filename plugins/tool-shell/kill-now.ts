import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { CommandTree } from './command-tree.js';
import { signal } from './end-processes.js';
import { marksIn } from './marker.js';
import { ancestry, type Process, parseStat, withDescendants } from './processes.js';

/** Looks at most; what forks faster than that is left to the next start. */
const mostPasses = 50;

/**
 * Kills every process of these commands before it returns, for a process that exits in this very moment and can wait for
 * nothing. Repeats until a look finds none: a single one misses what is forked meanwhile.
 */
export function killNow(trees: Iterable<CommandTree>): void {
  const all = [...trees];
  for (let pass = 0; pass < mostPasses && all.length > 0; pass++) {
    const living = livingNow();
    const mine = ancestry(living, process.pid);
    const chosen = new Set(living.filter((each) => all.some((tree) => belongsNow(each, tree))).map(({ pid }) => pid));
    const found = [...withDescendants(living, chosen)].filter((pid) => pid > 1 && !mine.has(pid));
    if (found.length === 0) break;
    for (const pid of found) signal(pid, 'SIGKILL');
  }
  // All that can be reached without /proc.
  for (const { leader } of all) signal(-leader, 'SIGKILL');
}

function belongsNow({ pid, group, startedAt }: Process, tree: CommandTree): boolean {
  if (Number(startedAt) < Number(tree.startedAt)) return false;
  if (group === tree.leader || marksIn(read(() => readFileSync(`/proc/${pid}/environ`, 'latin1'))).includes(tree.mark)) return true;
  return [1, 2].some((fd) => tree.outputs.includes(read(() => readlinkSync(`/proc/${pid}/fd/${fd}`))));
}

/** Every living process; none on systems without `/proc`. */
function livingNow(): Process[] {
  try {
    const names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const lines = names.map((name) => read(() => readFileSync(`/proc/${name}/stat`, 'latin1')));
    return lines.flatMap((line) => (line === '' ? [] : (parseStat(line) ?? [])));
  } catch {
    return [];
  }
}

/** Empty for what is gone or may not be seen. */
function read(from: () => string): string {
  try {
    return from();
  } catch {
    return '';
  }
}

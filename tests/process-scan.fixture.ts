import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A living process as `/proc` shows it; zombies are none. */
export interface Seen {
  pid: number;
  /** Its arguments, separated by spaces. */
  line: string;
  /** `NAME=value`, as it was started. */
  environment: string[];
}

/** Every process of this machine that can be looked at. */
export function allProcesses(): Seen[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      if (/^[ZX]$/.test(stat.slice(stat.lastIndexOf(')') + 2)[0] ?? '')) return [];
      const line = readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
      return [{ pid: Number(name), line, environment: readFileSync(`/proc/${name}/environ`, 'latin1').split('\0') }];
    } catch {
      return []; // it ended meanwhile, or is somebody else's
    }
  });
}

const words = ({ pid, line }: Seen): string => `${pid} ${line}`;

/** Those whose arguments hold a word. */
export const holding = (word: string): string[] =>
  allProcesses()
    .filter(({ line }) => line.includes(word))
    .map(words);

/** Those that were started, at whatever remove, by a server with this home, itself left out. */
export const belowHome = (home: string, server?: number): string[] =>
  allProcesses()
    .filter(({ pid, environment }) => pid !== server && environment.includes(`HOME=${home}`))
    .map(words);

/** Looks until nobody is found; who is left after ten seconds will not go any more. */
export async function survivors(look: () => string[]): Promise<string[]> {
  for (const began = Date.now(); ; await sleep(25)) {
    const left = look();
    if (left.length === 0 || Date.now() - began > 10_000) return left;
  }
}

/** Waits until a program (not the shell that is to start it) runs with each of these words as its last argument. */
export async function running(program: string, marks: readonly string[]): Promise<void> {
  for (;;) {
    const lines = allProcesses().map(({ line }) => line);
    if (marks.every((mark) => lines.includes(`${program} ${mark}`))) return;
    await sleep(20);
  }
}

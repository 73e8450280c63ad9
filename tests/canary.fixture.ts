import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A secret value and what it is looked for by: either half of its random part counts, however the whole was cut. */
export interface Canary {
  name: string;
  value: string;
  halves: [string, string];
}

/** @param around gives the value a form: a prefix, odd characters */
export function canary(name: string, around = (core: string) => `sk-${core}`): Canary {
  const core = randomBytes(16).toString('hex');
  return { name, value: around(core), halves: [core.slice(0, 16), core.slice(16)] };
}

/** Somewhere a secret might have come to: what to call it, and all that is there. */
export type Place = readonly [name: string, content: string | Buffer];

/** Which canaries are where; also as base64 or percent signs would have them. */
export function leaks(places: readonly Place[], canaries: readonly Canary[]): string[] {
  const forms = canaries.flatMap(({ name, value, halves }) => {
    const encoded = [0, 1, 2].map((shift) =>
      Buffer.from(`${'x'.repeat(shift)}${value}`)
        .toString('base64')
        .slice(4, -4),
    );
    return [...halves, ...encoded].map((form) => ({ name, form }));
  });
  return places.flatMap(([place, content]) => {
    const found = forms.filter(({ form }) => content.includes(form));
    return [...new Set(found.map(({ name, form }) => `${name} in ${place}${excerpt(content, form)}`))];
  });
}

/** What stands before it, for whoever has to find the hole. */
function excerpt(content: string | Buffer, form: string): string {
  const text = content.toString('latin1');
  const at = text.indexOf(form);
  return `: …${text.slice(Math.max(0, at - 80), at).replace(/[^\x20-\x7e]+/g, ' ')}`;
}

/** Every file below a folder, by its path. */
export function filesBelow(folder: string): Place[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    return entry.isFile() ? [[path, readFileSync(path)] as const] : [];
  });
}

/** The arguments of every process of this machine. */
export function processList(): Place[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      return [[`the arguments of process ${pid}`, readFileSync(`/proc/${pid}/cmdline`)] as const];
    } catch {
      return []; // it ended meanwhile
    }
  });
}

export const environmentOf = (pid: number | undefined): Place => [
  `the environment of process ${pid}`,
  readFileSync(`/proc/${pid}/environ`),
];

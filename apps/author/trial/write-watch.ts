import { createRequire, syncBuiltinESMExports } from 'node:module';
import { resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

type Calls = Record<string, unknown>;
type Call = (...given: unknown[]) => unknown;

/** Calls that change files, by name; each also with `Sync` behind it, and in `fs.promises`. The paths come first. */
const one = [
  'writeFile',
  'appendFile',
  'mkdir',
  'mkdtemp',
  'rm',
  'rmdir',
  'unlink',
  'truncate',
  'chmod',
  'chown',
  'utimes',
  'createWriteStream',
];
const two = ['rename', 'copyFile', 'cp', 'symlink', 'link'];
const programs = ['spawn', 'exec', 'execFile', 'fork'];

/** Remembers what is done to files and which programs are started, in words, while `work` goes on. */
export async function watched<T>(own: string, work: () => Promise<T>): Promise<{ result: T; deeds: string[] }> {
  const need = createRequire(import.meta.url);
  const deeds: string[] = [];
  const fs = need('node:fs') as Calls & { promises: Calls };
  const restores = [
    ...[fs, fs.promises].flatMap((owner) => [
      ...watch(owner, one, (given) => changed(given.slice(0, 1))),
      ...watch(owner, two, (given) => changed(given.slice(0, 2))),
      ...watch(owner, ['open'], ([path, flags]) => (/[wa+]/.test(String(flags ?? 'r')) ? changed([path]) : undefined)),
    ]),
    ...watch(need('node:child_process') as Calls, programs, ([command]) => `it started a program (${String(command)})`),
  ];
  syncBuiltinESMExports();
  try {
    return { result: await work(), deeds };
  } finally {
    for (const restore of restores) restore();
    syncBuiltinESMExports();
  }

  function changed(paths: readonly unknown[]): string | undefined {
    const outside = paths.map(pathOf).find((path) => path !== undefined && path !== own && !path.startsWith(own + sep));
    return outside && `it changed ${outside}`;
  }

  function watch(owner: Calls, names: readonly string[], deed: (given: readonly unknown[]) => string | undefined): (() => void)[] {
    return names
      .flatMap((name) => [name, `${name}Sync`])
      .filter((name) => typeof owner[name] === 'function')
      .map((name) => {
        const original = owner[name] as Call;
        owner[name] = (...given: unknown[]) => {
          const done = deed(given);
          if (done !== undefined) deeds.push(done);
          return original.apply(owner, given);
        };
        return () => {
          owner[name] = original;
        };
      });
  }
}

function pathOf(given: unknown): string | undefined {
  if (given instanceof URL) return given.protocol === 'file:' ? fileURLToPath(given) : undefined;
  return typeof given === 'string' || Buffer.isBuffer(given) ? resolve(String(given)) : undefined;
}

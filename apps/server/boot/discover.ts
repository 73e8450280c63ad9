import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Candidate } from 'dispatch/kernel';

/** The plugins of this build: one folder each. */
export function bundledPlugins(folder: string): Candidate[] {
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, file: join(folder, name, 'index.js') }))
    .filter(({ file }) => existsSync(file))
    .map(({ name, file }) => ({ source: `plugins/${name}`, load: () => importDefault(file) }));
}

async function importDefault(file: string): Promise<unknown> {
  return ((await import(pathToFileURL(file).href)) as { default?: unknown }).default;
}

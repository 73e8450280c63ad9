import { createRequire } from 'node:module';
import { sep } from 'node:path';
import { pathToFileURL } from 'node:url';

const { cache } = createRequire(import.meta.url);

/**
 * Imports what a dropped plugin exports by default, and whatever of its own files that imports, as they are now: each
 * generation is a module graph of its own (`plugin-hooks.ts`). Only ES modules in its `node_modules` stay as they were.
 * @param source the plugin's folder or file
 */
export async function importPlugin(source: string, file: string, generation: number): Promise<unknown> {
  for (const name of Object.keys(cache)) if (name.startsWith(source + sep)) delete cache[name];
  return ((await import(`${pathToFileURL(file).href}?generation=${generation}`)) as { default?: unknown }).default;
}

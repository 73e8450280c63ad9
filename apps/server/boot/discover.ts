import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Candidate } from 'dispatch/kernel';
import { checkManifest } from './read-manifest.js';

const endings = ['.ts', '.mjs', '.js'];

/** The plugins of this build: one folder each. */
export function bundledPlugins(folder: string): Candidate[] {
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, file: join(folder, name, 'index.js') }))
    .filter(({ file }) => existsSync(file))
    .map(({ name, file }) => ({ source: `plugins/${name}`, load: () => importDefault(file) }));
}

/** The plugins found in a folder that somebody named: each folder or file in it, or the folder itself. */
export function droppedPlugins(folder: string): Candidate[] {
  const root = resolve(folder);
  if (!existsSync(root)) return [broken(root, 'there is no such folder; correct DISPATCH_PLUGINS or plugins.folders')];
  const own = entryOf(root);
  if (own) return [candidate(root, own)];
  return readdirSync(root)
    .filter((name) => !/^[._]/.test(name) && name !== 'node_modules')
    .sort()
    .flatMap((name) => inFolder(join(root, name)));
}

function inFolder(path: string): Candidate[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return [broken(path, 'it is a link to nowhere')];
  if (!found.isDirectory()) return endings.includes(extname(path)) && !path.endsWith('.d.ts') ? [candidate(path, path)] : [];
  const entry = entryOf(path);
  return [
    entry
      ? candidate(path, entry)
      : broken(
          path,
          `it has no plugin in it: add an index${endings.join(', index')}, or name the file in package.json under "dispatch": { "entry": … }`,
        ),
  ];
}

/** The file to import for a plugin's folder. */
function entryOf(folder: string): string | undefined {
  const named = packageEntry(folder);
  const names = [...endings.map((ending) => `index${ending}`), ...endings.map((ending) => basename(folder) + ending)];
  return [...(named ? [named] : []), ...names].map((name) => join(folder, name)).find((file) => existsSync(file));
}

function packageEntry(folder: string): string | undefined {
  try {
    const { dispatch, main } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      dispatch?: { entry?: string };
      main?: string;
    };
    return dispatch === undefined ? undefined : (dispatch.entry ?? main);
  } catch {
    return undefined;
  }
}

const candidate = (source: string, file: string): Candidate => ({
  source,
  load: async () => {
    checkManifest(source, file);
    return importDefault(file);
  },
});

const broken = (source: string, why: string): Candidate => ({ source, load: () => Promise.reject(new Error(why)) });

async function importDefault(file: string): Promise<unknown> {
  return ((await import(pathToFileURL(file).href)) as { default?: unknown }).default;
}

import { existsSync, lstatSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Manifest, messageOf } from 'dispatch/kernel';
import { engineProblem, readManifest } from '../plugin-packages/index.js';
import { placesIn } from '../server/boot/plugin-place.js';
import { readDeclared } from './read-declared.js';

/** A plugin's place as it can be known without running any of its code. */
export interface Inspected {
  /** Folder or file, absolute. */
  source: string;
  /** The file that would be imported. */
  entry?: string;
  plugins: Manifest[];
  /** What keeps it from running, or from being understood; empty when nothing is known to. */
  problems: string[];
}

/** Looks at a plugin, or at each one in a folder of plugins. Throws where there is nothing at all. */
export async function inspectPlugin(path: string, cwd: string, version: string): Promise<Inspected[]> {
  const source = resolve(cwd, path);
  if (!existsSync(source)) throw new Error(`there is no ${source}: name the folder or the file of a plugin`);
  const places = placesIn(source);
  if (places.length === 0) throw new Error(`${source} has no plugin in it: make one with "dispatch plugin new <name>"`);
  return Promise.all(places.map(({ source, entry }) => inspected(source, entry, version)));
}

async function inspected(source: string, entry: { file: string } | { problem: string }, version: string): Promise<Inspected> {
  if ('problem' in entry) return { source, plugins: [], problems: [entry.problem] };
  const { file } = entry;
  try {
    const plugins = await manifestsOf(source, file);
    const problems = await Promise.all(plugins.map((each) => problemsOf(each, version)));
    return { source, entry: file, plugins, problems: [...problems.flat(), ...taken(plugins)] };
  } catch (thrown) {
    return { source, entry: file, plugins: [], problems: [messageOf(thrown)] };
  }
}

/** As the server reads it before it runs anything; else as the code says it. */
async function manifestsOf(source: string, file: string): Promise<Manifest[]> {
  const declared = readManifest(source, file);
  return declared ? [declared] : readDeclared(file);
}

async function problemsOf({ engine, needs, provides, id }: Manifest, version: string): Promise<string[]> {
  const problem = await engineProblem(engine, version);
  const both = needs.find((need) => !need.endsWith('[]') && provides.includes(need));
  return [...(problem ? [problem] : []), ...(both ? [`"${id}" needs ${both}, which it provides itself`] : [])];
}

const taken = (plugins: readonly Manifest[]): string[] =>
  plugins.flatMap(({ id }, at) => (plugins.findIndex((each) => each.id === id) < at ? [`it has two plugins of the id "${id}"`] : []));

/** Whether it is a folder, and not a file alone. */
export const isFolder = (source: string): boolean => lstatSync(source, { throwIfNoEntry: false })?.isDirectory() === true;

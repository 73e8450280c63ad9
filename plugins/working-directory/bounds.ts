import { realpath } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { isInside, meansHome, misspelt, rootOf, targetOf } from './inside.js';
import { PathRefused } from './path-refused.js';
import { type Intent, protectionOf } from './protected-paths.js';
import { outside } from './refusals.js';

/** Where a tool may open files. */
export interface Places {
  /** The working directory, absolute: base of relative paths. */
  cwd: string;
  /** Further absolute directories that may be read; never written. */
  readableRoots?: readonly string[];
  /** Absolute directories that stay shut although they lie inside: the server's own data. */
  closed?: readonly string[];
  /** Patterns of protected names that may be opened after all (setting `tools.allowProtected`). */
  allow?: readonly string[];
}

/** Places with every link in them resolved, as they are at one moment. */
export interface Bounds {
  places: Places;
  roots: readonly string[];
  shut: readonly string[];
  intent: Intent;
}

export async function boundsOf(places: Places, intent: Intent): Promise<Bounds> {
  const { cwd, readableRoots, closed } = places;
  const real = realpath(cwd).catch((cause: unknown) => {
    throw new PathRefused('no-folder', `the working directory ${cwd} does not exist or cannot be entered`, { cause });
  });
  const [own, others, shut] = await Promise.all([real, intent === 'read' ? realOnes(readableRoots) : [], realOnes(closed)]);
  return { places, roots: [own, ...others], shut, intent };
}

/** The absolute path that is asked for, `..` resolved by name; refuses a spelling that can mean no file. */
export function wanted(asked: string, { cwd }: Places): string {
  const wrong = misspelt(asked);
  if (wrong) throw new PathRefused('invalid', wrong);
  if (meansHome(asked)) throw outside(asked, cwd);
  return targetOf(cwd, asked);
}

/** Refuses a path without links that lies outside, or is shut or protected. */
export function guard(asked: string, path: string, bounds: Bounds): void {
  const { roots, shut, places } = bounds;
  const root = rootOf(roots, path);
  if (!root) throw outside(asked, places.cwd);
  // With `/` as the working directory, the environment of every process would be in reach.
  const closed = rootOf(['/proc', ...shut], path);
  if (closed && isInside(root, closed))
    throw new PathRefused('protected', `${asked} is not opened: it lies in ${closed}, which tools may not look into`);
  refuseProtected(asked, relative(root, path), bounds);
}

/** A link with a protected name leads to a protected file: its own name counts too, as far as it lies inside. */
export function guardName(asked: string, target: string, bounds: Bounds): void {
  const { cwd } = bounds.places;
  if (isInside(cwd, target)) refuseProtected(asked, relative(cwd, target), bounds);
}

function refuseProtected(asked: string, below: string, { places, intent }: Bounds): void {
  const rule = protectionOf(below.split(sep).join('/'), intent, places.allow);
  if (!rule) return;
  const verb = intent === 'read' ? 'opened' : 'written';
  throw new PathRefused(
    'protected',
    `${asked} is not ${verb}: it matches "${rule}", which often holds secrets or runs by itself. Ask the user; they can allow it by listing the name in the setting tools.allowProtected`,
  );
}

/** What is outside is not even told to be missing. */
export async function refuseIfOutside(asked: string, target: string, { roots, places }: Bounds): Promise<void> {
  if (!rootOf(roots, await nearestReal(target))) throw outside(asked, places.cwd);
}

/** The real path of the nearest ancestor that exists, with the rest of the names after it. */
async function nearestReal(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    const real = await realpath(at).catch(() => undefined);
    if (real !== undefined) return join(real, relative(at, path));
    if (at === dirname(at)) return path;
  }
}

/** The real paths of those that exist. */
async function realOnes(folders: readonly string[] = []): Promise<string[]> {
  const real = await Promise.all(folders.map((folder) => realpath(folder).catch(() => undefined)));
  return real.filter((folder) => folder !== undefined);
}

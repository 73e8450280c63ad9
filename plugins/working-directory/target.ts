import { readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type Bounds, boundsOf, guard, guardName, type Places, refuseIfOutside, wanted } from './bounds.js';
import { descriptors, type Opened, openChecked, pathOf, shownPath, throughHandle } from './opened.js';
import { PathRefused } from './path-refused.js';
import { codeOf, swapped, unreadable } from './refusals.js';

/** Where a file is, or is to be, that a tool changes. Its folder is held open, so that it cannot be swapped for another. */
export interface Target {
  asked: string;
  /** Absolute, without symbolic links. */
  path: string;
  /** Path below the working directory, with `/`. */
  shown: string;
  /** Reaches the file, or another name in its folder, through the folder's handle. */
  at(name?: string): string;
  /** Rejects when the folder is not where it was any more. */
  stillThere(): Promise<void>;
  /** Makes a rename in the folder last. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Finds the place of a file that is to be written, whether it is there or not: links resolved, inside the working
 * directory, not protected, its folder opened and checked after that. Rejects with a `PathRefused`.
 */
export async function openTarget(asked: string, places: Places, by: { descriptors?: string } = { descriptors }): Promise<Target> {
  const target = wanted(asked, places);
  const bounds = await boundsOf(places, 'write');
  const path = await realpath(target).catch((cause: unknown) => placeOfNew(asked, target, bounds, cause));
  guard(asked, path, bounds);
  guardName(asked, target, bounds);
  if (bounds.roots.includes(path)) throw new PathRefused('kind', `${asked} is a folder, not a file`);
  const proc = by.descriptors ?? '';
  const folder = await openChecked(asked, dirname(path), bounds, proc);
  if (folder.kind !== 'directory' || folder.path !== dirname(path)) {
    await folder.handle.close();
    throw swapped(asked);
  }
  return {
    asked,
    path,
    shown: shownPath(path, bounds),
    at: (name = basename(path)) => throughHandle(folder, name, proc),
    stillThere: () => stillThere(asked, folder, bounds, proc),
    // Some file systems cannot: then there is nothing to be made to last.
    sync: () => folder.handle.sync().catch(() => undefined),
    close: () => folder.handle.close(),
  };
}

async function stillThere(asked: string, folder: Opened, bounds: Bounds, proc: string): Promise<void> {
  if ((await pathOf(folder.handle, folder.path, folder.stats, proc)) !== folder.path) throw swapped(asked);
  guard(asked, folder.path, bounds);
}

/** Where a file that is not there yet would be made. */
async function placeOfNew(asked: string, target: string, bounds: Bounds, cause: unknown): Promise<string> {
  await refuseIfOutside(asked, target, bounds);
  if (codeOf(cause) !== 'ENOENT') throw unreadable(asked, cause);
  const parent = await realpath(dirname(target)).catch((missing: unknown) => {
    if (codeOf(missing) !== 'ENOENT') throw unreadable(asked, missing);
    const folder = dirname(asked);
    throw new PathRefused('no-folder', `the folder ${folder} does not exist; make it first (run_shell: mkdir -p), or correct the path`);
  });
  const path = join(parent, basename(target));
  const leadsTo = await readlink(path).catch(() => undefined);
  if (leadsTo !== undefined) {
    await refuseIfOutside(asked, resolve(parent, leadsTo), bounds);
    throw new PathRefused('kind', `${asked} is a symbolic link to a file that does not exist; write to that file's own path`);
  }
  return path;
}

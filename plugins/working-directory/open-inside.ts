import { lstat, realpath } from 'node:fs/promises';
import { type Bounds, boundsOf, guard, guardName, type Places, refuseIfOutside, wanted } from './bounds.js';
import { descriptors, kindOf, type Opened, openChecked } from './opened.js';
import { PathRefused } from './path-refused.js';
import { codeOf, special, unreadable } from './refusals.js';

/**
 * Opens a path for reading. Resolves `..` and symbolic links, refuses what is outside of the places, protected or
 * neither file nor folder, and **checks once more what was really opened**, so that a link swapped in between does not
 * lead out. Never waits for a pipe or a device. Rejects with a `PathRefused`.
 */
export async function openInside(asked: string, places: Places, by: { descriptors?: string } = { descriptors }): Promise<Opened> {
  const target = wanted(asked, places);
  // Side by side: each is a trip to another thread.
  const [bounds, found] = await Promise.all([boundsOf(places, 'read'), realpath(target).catch((cause: unknown) => ({ cause }))]);
  const path = typeof found === 'string' ? found : await refuseTarget(asked, target, bounds, found.cause);
  guard(asked, path, bounds);
  guardName(asked, target, bounds);
  await refuseSpecial(asked, path);
  return openChecked(asked, path, bounds, by.descriptors ?? '');
}

async function refuseTarget(asked: string, target: string, bounds: Bounds, cause: unknown): Promise<never> {
  await refuseIfOutside(asked, target, bounds);
  if (codeOf(cause) === 'ENOENT') throw new PathRefused('missing', `no such file or folder: ${asked}`, { cause });
  throw unreadable(asked, cause);
}

/** Opening a device can already do something, so the kind is looked at before; the handle is looked at again. */
async function refuseSpecial(asked: string, path: string): Promise<void> {
  const stats = await lstat(path).catch((cause: unknown) => {
    throw unreadable(asked, cause);
  });
  if (!kindOf(stats)) throw special(asked);
}

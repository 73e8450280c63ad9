import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readlink, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { isInside, meansHome, misspelt, rootOf, targetOf } from './inside.js';
import { PathRefused } from './path-refused.js';
import { secretRule } from './secret-paths.js';

/** Where a tool may open files. */
export interface Places {
  /** The working directory, absolute: base of relative paths. */
  cwd: string;
  /** Further absolute directories that may be read; leave it out in a tool that writes. */
  readableRoots?: readonly string[];
  /** Absolute directories that stay shut although they lie inside: the server's own data. */
  closed?: readonly string[];
  /** Patterns of secret-looking names that may be opened (see `allowedSecrets`). */
  allow?: readonly string[];
}

/** A file or folder that was checked after it was opened. Whoever gets it closes the handle. */
export interface Opened {
  handle: FileHandle;
  kind: 'file' | 'directory';
  /** Absolute, without symbolic links. */
  path: string;
  /** Path below the root it was found in, with `/`; `.` for the root itself. */
  shown: string;
  stats: Stats;
}

/** Where the system shows what its descriptors stand for; absent on systems without `/proc`. */
const descriptors = process.platform === 'linux' ? '/proc/self/fd' : undefined;

/**
 * Opens a path for reading. Resolves `..` and symbolic links, refuses what is outside of the places, secret-looking or
 * neither file nor folder, and **checks once more what was really opened**, so that a link swapped in between does not
 * lead out. Never waits for a pipe or a device. Rejects with a `PathRefused`.
 */
export async function openInside(asked: string, places: Places, by: { descriptors?: string } = { descriptors }) {
  const wrong = misspelt(asked);
  if (wrong) throw new PathRefused('invalid', wrong);
  if (meansHome(asked)) throw outside(asked, places.cwd);
  const target = targetOf(places.cwd, asked);
  // Side by side: each is a trip to another thread.
  const [roots, found, shut] = await Promise.all([realRoots(places), realOrWhyNot(target), realOnes(places.closed)]);
  const path = typeof found === 'string' ? found : await refuseTarget(asked, target, roots, places, found.why);
  guard(asked, path, roots, shut, places);
  // A link named like a secret leads to one.
  if (rootOf([places.cwd], target)) refuseSecret(asked, relative(places.cwd, target), places);
  await refuseSpecial(asked, path);

  const handle = await openQuietly(asked, path);
  try {
    const stats = await handle.stat();
    const kind = kindOf(stats);
    if (!kind) throw special(asked);
    const real = await openedPath(handle, path, stats, by.descriptors);
    if (real === undefined) throw outside(asked, places.cwd);
    guard(asked, real, roots, shut, places);
    const shown = relative(rootOf(roots, real) as string, real) || '.';
    return { handle, kind, path: real, shown: shown.split(sep).join('/'), stats } satisfies Opened;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** A path that reaches a name in an opened folder through its handle where the system can, so that a swap cannot bend it. */
export const throughHandle = (folder: Opened, name = ''): string =>
  join(descriptors ? `${descriptors}/${folder.handle.fd}` : folder.path, name);

async function realRoots({ cwd, readableRoots = [] }: Places): Promise<string[]> {
  const real = realpath(cwd).catch((cause: unknown) => {
    throw new PathRefused('missing', `the working directory ${cwd} does not exist or cannot be entered`, { cause });
  });
  const [own, others] = await Promise.all([real, realOnes(readableRoots)]);
  return [own, ...others];
}

const realOrWhyNot = (target: string): Promise<string | { why: unknown }> => realpath(target).catch((why: unknown) => ({ why }));

/** The real paths of those that exist. */
async function realOnes(folders: readonly string[] = []): Promise<string[]> {
  const real = await Promise.all(folders.map((folder) => realpath(folder).catch(() => undefined)));
  return real.filter((folder) => folder !== undefined);
}

async function refuseTarget(asked: string, target: string, roots: readonly string[], places: Places, cause: unknown): Promise<never> {
  const code = codeOf(cause);
  // What is outside is not even told to be missing.
  if (!rootOf(roots, await nearestReal(target))) throw outside(asked, places.cwd);
  if (code === 'ENOENT') throw new PathRefused('missing', `no such file or folder: ${asked}`, { cause });
  throw unreadable(asked, code, cause);
}

/** The real path of the nearest ancestor that exists, with the rest of the names after it. */
async function nearestReal(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    const real = await realpath(at).catch(() => undefined);
    if (real !== undefined) return join(real, relative(at, path));
    if (at === dirname(at)) return path;
  }
}

function guard(asked: string, path: string, roots: readonly string[], shut: readonly string[], places: Places): void {
  const root = rootOf(roots, path);
  if (!root) throw outside(asked, places.cwd);
  // With `/` as the working directory, the environment of every process would be in reach.
  const closed = rootOf(['/proc', ...shut], path);
  if (closed && isInside(root, closed))
    throw new PathRefused('secret', `${asked} is not opened: it lies in ${closed}, which tools may not look into`);
  refuseSecret(asked, relative(root, path), places);
}

function refuseSecret(asked: string, below: string, places: Places): void {
  const rule = secretRule(below.split(sep).join('/'), places.allow);
  if (!rule) return;
  throw new PathRefused(
    'secret',
    `${asked} is not opened: it matches "${rule}", which often holds secrets or runs by itself. Ask the user; they can allow it by listing the name in the setting plugins.settings → "tool-read-file".allow`,
  );
}

/** Opening a device can already do something, so the kind is looked at before; the handle is looked at again. */
async function refuseSpecial(asked: string, path: string): Promise<void> {
  const stats = await lstat(path).catch((cause: unknown) => {
    throw unreadable(asked, codeOf(cause), cause);
  });
  if (!kindOf(stats)) throw special(asked);
}

async function openQuietly(asked: string, path: string): Promise<FileHandle> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;
  try {
    return await open(path, O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0) | (O_NOCTTY ?? 0));
  } catch (cause) {
    throw unreadable(asked, codeOf(cause), cause);
  }
}

/** The real path of what the handle holds; undefined when it is not what was asked for any more. */
async function openedPath(handle: FileHandle, path: string, stats: Stats, proc?: string): Promise<string | undefined> {
  const linked = proc && (await readlink(`${proc}/${handle.fd}`).catch(() => undefined));
  if (linked) return linked.replace(/ \(deleted\)$/, '');
  const again = await realpath(path).catch(() => undefined);
  const now = await stat(path).catch(() => undefined);
  const still = again === path && (await realpath(path).catch(() => undefined)) === path;
  return still && now && now.dev === stats.dev && now.ino === stats.ino ? path : undefined;
}

const kindOf = (stats: Stats): Opened['kind'] | undefined => (stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : undefined);

const codeOf = (thrown: unknown): string => (thrown as NodeJS.ErrnoException).code ?? 'unknown';

const outside = (asked: string, cwd: string) =>
  new PathRefused('outside', `outside the working directory: ${asked} (only files in ${cwd} can be opened)`);

const special = (asked: string) =>
  new PathRefused('kind', `${asked} is neither a file nor a folder but a pipe, socket or device; it is not opened`);

const reasons: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'its symbolic links go round in a loop, or changed while it was opened',
  ENOTDIR: 'a part of the path is a file, not a folder',
  ENAMETOOLONG: 'the name is longer than the file system allows',
  EMFILE: 'too many files are open just now; try again',
};
const unreadable = (asked: string, code: string, cause: unknown) =>
  new PathRefused('unreadable', `cannot open ${asked}: ${reasons[code] ?? code}`, { cause });

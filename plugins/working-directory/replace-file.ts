import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { type FileHandle, link, lstat, open, rename, unlink } from 'node:fs/promises';
import { PathRefused } from './path-refused.js';
import { codeOf, swapped, unwritten } from './refusals.js';
import { type Stamp, sameFile, stampOf } from './stamp.js';
import type { Target } from './target.js';

/**
 * Puts new content in the place of a file, or makes a new one: whoever looks sees the old content or the new, whole,
 * also after a power cut. Mode and owner stay. Rejects with a `PathRefused`, and then the old file is as it was.
 * @param old the file as the caller found it; undefined: there was none, and if there is one by now it is not touched
 */
export async function replaceFile(target: Target, content: Buffer, old: Stats | undefined): Promise<Stamp> {
  const draft = target.at(`.dispatch-${randomBytes(9).toString('hex')}.tmp`);
  let handle: FileHandle | undefined;
  try {
    handle = await open(draft, 'wx', old ? 0o600 : 0o666);
    await handle.writeFile(content);
    if (old) await likeOld(handle, old);
    await handle.sync();
    await target.stillThere();
    if (old) await takePlace(target, draft, old);
    else await appear(target, draft);
    await target.sync();
    return stampOf(await handle.stat(), content);
  } catch (cause) {
    if (cause instanceof PathRefused) throw cause;
    throw unwritten(target.asked, cause, old !== undefined);
  } finally {
    // After a rename it is not there any more; whatever else went wrong, it must not stay.
    if (handle) await unlink(draft).catch(() => undefined);
    await handle?.close();
  }
}

/** Gives the draft the old file's owner and mode. Another owner's file that may be replaced becomes this user's. */
async function likeOld(handle: FileHandle, { mode, uid, gid }: Stats): Promise<void> {
  const own = await handle.stat();
  const same = own.uid === uid && own.gid === gid;
  const given = same || (await handle.chown(uid, gid).then(() => true, mayNot));
  // What runs as its owner must not do so as another one.
  await handle.chmod(mode & (given ? 0o7777 : 0o777));
}

function mayNot(cause: unknown): false {
  if (['EPERM', 'EINVAL', 'ENOSYS'].includes(codeOf(cause))) return false;
  throw cause;
}

async function takePlace(target: Target, draft: string, old: Stats): Promise<void> {
  const now = await lstat(target.at()).catch(() => undefined);
  if (!now || !sameFile(stampOf(now), stampOf(old))) throw swapped(target.asked);
  await rename(draft, target.at());
}

/** A link, unlike a rename, never takes another file's place. */
async function appear(target: Target, draft: string): Promise<void> {
  try {
    await link(draft, target.at());
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') throw appeared(target.asked);
    if (!['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'].includes(codeOf(cause))) throw cause;
    // A file system without hard links.
    if (await lstat(target.at()).catch(() => undefined)) throw appeared(target.asked);
    await rename(draft, target.at());
  }
}

const appeared = (asked: string): PathRefused =>
  new PathRefused('conflict', `${asked} was made by somebody else just now, so it was not written; read it first`);

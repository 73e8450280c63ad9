import { hashOf, type Stamp, sameFile } from './stamp.js';

/** Files remembered at most; the ones seen longest ago are forgotten first. */
const most = 20_000;

/** Which files each conversation has seen, and what they were like then. Kept in memory: a restart forgets. */
export class KnownFiles {
  private readonly stamps = new Map<string, Stamp>();

  remember(conversationId: string, path: string, stamp: Stamp): void {
    const key = keyOf(conversationId, path);
    this.stamps.delete(key);
    this.stamps.set(key, stamp);
    if (this.stamps.size > most) this.stamps.delete(this.stamps.keys().next().value as string);
  }

  /**
   * Whether a file is not what this conversation last saw; false for one it never saw. Where the content was seen it
   * is what counts: a file that was only touched has not changed, one written within a tick of the clock has.
   */
  async changed(conversationId: string, path: string, now: Stamp, read: () => Promise<Buffer>): Promise<boolean> {
    const seen = this.stamps.get(keyOf(conversationId, path));
    if (!seen) return false;
    if (seen.hash === undefined) return !sameFile(seen, now);
    return seen.size !== now.size || seen.hash !== hashOf(await read());
  }
}

const keyOf = (conversationId: string, path: string): string => `${conversationId}\0${path}`;

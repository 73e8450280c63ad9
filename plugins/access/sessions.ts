import { readPrivate, writePrivate } from './private-file.js';
import { digest, randomText } from './secret-text.js';

/** How long a browser stays let in. */
export const sessionMs = 30 * 24 * 3_600_000;
/** So many browsers are let in at once; of more, the oldest is not. */
const most = 100;

/** As the file holds it. */
interface Kept {
  /** Tells to which token the sessions belong: with another one they end. */
  token: string;
  /** Digest of a cookie to the epoch milliseconds at which it ends. */
  sessions: Record<string, number>;
}

/** The browsers that are let in, kept over a restart as digests in a file of this user alone. */
export class Sessions {
  private ends = new Map<string, number>();
  private token = '';

  constructor(private readonly file: string) {}

  /** Takes up the sessions of the last run that belong to this token. */
  load(token: string): void {
    this.token = fingerprint(token);
    const kept = parsed(readPrivate(this.file));
    this.ends = new Map(kept?.token === this.token ? Object.entries(kept.sessions) : []);
  }

  /** A new session; answers what its cookie holds. Throws when it cannot be kept. */
  make(now: number): string {
    const cookie = randomText();
    const ends = new Map([...this.ends].filter(([, end]) => end > now).slice(1 - most));
    ends.set(key(cookie), now + sessionMs);
    this.keep(ends);
    return cookie;
  }

  has(cookie: string, now: number): boolean {
    return (this.ends.get(key(cookie)) ?? 0) > now;
  }

  /** Ends all sessions; those to come belong to this token. */
  clear(token: string): void {
    this.token = fingerprint(token);
    this.keep(new Map());
  }

  private keep(ends: Map<string, number>): void {
    this.ends = ends;
    writePrivate(this.file, JSON.stringify({ token: this.token, sessions: Object.fromEntries(ends) } satisfies Kept));
  }
}

/** A broken file holds no sessions: its browsers ask to be let in again. */
function parsed(text: string | undefined): Kept | undefined {
  try {
    const kept = JSON.parse(text ?? 'null') as Partial<Kept> | null;
    const fine = typeof kept?.sessions === 'object' && Object.values(kept.sessions ?? {}).every((end) => typeof end === 'number');
    return fine ? (kept as Kept) : undefined;
  } catch {
    return undefined;
  }
}

const key = (cookie: string): string => digest(cookie).toString('base64url');
/** Not the digest the token is compared by: this one lies on the disk. */
const fingerprint = (token: string): string => digest(`sessions of ${token}`).toString('base64url');

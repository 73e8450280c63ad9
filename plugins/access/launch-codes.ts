import { digest, randomText } from './secret-text.js';

/** How long a code is good. */
export const launchMs = 5 * 60_000;
/** So many codes are good at once; of more, the oldest is not. */
const most = 16;

/** The one-time codes by which a browser gets its cookie. Times are milliseconds that only rise. */
export class LaunchCodes {
  /** Digest of a code to the time it ends. */
  private readonly codes = new Map<string, number>();

  /** A new code, good once and for `launchMs`. */
  make(now: number): string {
    const code = randomText();
    this.codes.set(key(code), now + launchMs);
    if (this.codes.size > most) this.codes.delete(this.codes.keys().next().value as string);
    return code;
  }

  /** Whether a code is good; it is not any more after this. */
  take(code: string, now: number): boolean {
    const ends = this.codes.get(key(code));
    return this.codes.delete(key(code)) && ends !== undefined && now < ends;
  }

  clear(): void {
    this.codes.clear();
  }
}

const key = (code: string): string => digest(code).toString('base64');

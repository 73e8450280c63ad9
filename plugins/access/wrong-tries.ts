import { loopback } from './address.js';

/** How many wrong tries one address has in a minute. */
const allowed = 10;
const windowMs = 60_000;
/** So many addresses are remembered of either kind; of more, the one that came first is forgotten. */
const remembered = 4_096;

/**
 * Counts wrong tokens and codes by address, in bounded memory. An address with too many is told to wait, and nothing it
 * shows is looked at until then. Two kinds of address may still show the right thing, so that nobody who shares it can
 * lock the operator out: loopback, and those that have shown it before. Times are milliseconds that only rise.
 */
export class WrongTries {
  private readonly counts = new Map<string, { since: number; count: number }>();
  private readonly proven = new Set<string>();

  /** Remembers one wrong try. */
  wrong(address: string, now: number): void {
    const entry = this.counts.get(address);
    if (entry && now - entry.since < windowMs) return void entry.count++;
    this.counts.delete(address);
    this.counts.set(address, { since: now, count: 1 });
    if (this.counts.size > remembered) this.counts.delete(first(this.counts));
  }

  /** Remembers that an address showed what is right. */
  right(address: string): void {
    this.proven.add(address);
    if (this.proven.size > remembered) this.proven.delete(first(this.proven));
  }

  /** Milliseconds until an address may try again; 0 when it may now. */
  waitMs(address: string, now: number): number {
    const entry = this.counts.get(address);
    if (!entry || entry.count < allowed) return 0;
    return Math.max(0, entry.since + windowMs - now);
  }

  /** Whether what an address shows is looked at even while it has to wait. */
  isProven(address: string): boolean {
    return address === loopback || this.proven.has(address);
  }
}

const first = (of: { keys(): Iterator<string> }): string => of.keys().next().value as string;

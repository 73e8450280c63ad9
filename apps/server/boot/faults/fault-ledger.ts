/** What is known of the faults of one source. */
interface Account {
  count: number;
  last: string;
  /** When the recent heavy ones were, by a clock that only rises. */
  heavy: number[];
  /** How often it was quarantined in a row. */
  times: number;
}

const windowMs = 60_000;
const most = 5;
const firstRestMs = 30_000;
const longestRestMs = 3_600_000;
/** Who has been good for so long starts from the beginning. */
const forgivenAfterMs = 600_000;

/** Counts faults, and decides who is given a rest from running, and for how long. */
export class FaultLedger {
  private readonly accounts = new Map<string, Account>();

  constructor(private readonly now: () => number) {}

  /** Answers for how long it should rest, when this was one too many. */
  note(source: string, sentence: string, light: boolean): number | undefined {
    const account = this.accounts.get(source) ?? { count: 0, last: '', heavy: [], times: 0 };
    this.accounts.set(source, account);
    account.count++;
    account.last = sentence;
    if (light) return undefined;
    const now = this.now();
    if (now - (account.heavy.at(-1) ?? now) > forgivenAfterMs) account.times = 0;
    account.heavy = [...account.heavy.filter((at) => now - at < windowMs), now];
    if (account.heavy.length < most) return undefined;
    account.heavy = [];
    return Math.min(firstRestMs * 2 ** account.times++, longestRestMs);
  }

  of(source: string): Readonly<Pick<Account, 'count' | 'last'>> | undefined {
    return this.accounts.get(source);
  }

  /** It is not what it was: its files have changed, or its owner says so. */
  forget(source: string): void {
    this.accounts.delete(source);
  }
}

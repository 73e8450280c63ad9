/** Pings answered in one second. */
const answered = 20;
/** A peer that sends more than this in one second has to go. */
const endured = 2_000;

/** Counts a peer's pings, so that answering them costs no more than a few a second. */
export class PingMeter {
  private second = 0;
  private count = 0;

  /** What to do about a ping that came at `now` (milliseconds). */
  judge(now: number): 'answer' | 'ignore' | 'flood' {
    const second = Math.floor(now / 1_000);
    this.count = second === this.second ? this.count + 1 : 1;
    this.second = second;
    if (this.count > endured) return 'flood';
    return this.count <= answered ? 'answer' : 'ignore';
  }
}

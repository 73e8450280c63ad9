const firstMs = 1_000;
const longestMs = 60_000;

/** When a server that failed may be started again: after a second, then after twice as long each time. */
export class BackOff {
  private failures = 0;
  private notBefore = 0;

  /** `now`: milliseconds that only rise. */
  failed(now: number): void {
    this.notBefore = now + Math.min(longestMs, firstMs * 2 ** this.failures);
    this.failures++;
  }

  worked(): void {
    this.failures = 0;
    this.notBefore = 0;
  }

  /** Milliseconds to wait yet. */
  left(now: number): number {
    return Math.max(0, this.notBefore - now);
  }
}

/** Bytes that grow at their end; room is made for twice as many, so that growing costs what is added. */
export class GrowingBytes {
  private bytes = Buffer.alloc(0);
  private used = 0;

  get length(): number {
    return this.used;
  }

  append(text: string): void {
    const more = Buffer.byteLength(text);
    if (this.used + more > this.bytes.length) {
      const wider = Buffer.allocUnsafe(Math.max(1024, 2 * (this.used + more)));
      this.bytes.copy(wider, 0, 0, this.used);
      this.bytes = wider;
    }
    this.used += this.bytes.write(text, this.used);
  }

  /** Only the first so many stay. */
  cut(length: number): void {
    this.used = Math.min(this.used, length);
  }

  /** What there is now; it holds only until the next change. */
  view(): Buffer {
    return this.bytes.subarray(0, this.used);
  }
}

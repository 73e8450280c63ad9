/** Output with a bound: of what is too long, the beginning and the end are kept. */
export class Transcript {
  private head = '';
  private tail: string[] = [];
  private tailLength = 0;
  private dropped = 0;

  /** `side`: characters kept of the beginning, and as many of the end. */
  constructor(private readonly side: number) {}

  add(text: string): void {
    const room = this.side - this.head.length;
    if (room > 0 && this.tailLength === 0) {
      this.head += text.slice(0, room);
      text = text.slice(room);
    }
    if (text === '') return;
    const last = this.tail.at(-1);
    // Many small pieces would cost more than their text.
    if (last !== undefined && last.length + text.length < 8192) this.tail[this.tail.length - 1] = last + text;
    else this.tail.push(text);
    this.tailLength += text.length;
    while (this.tail.length > 1 && this.tailLength - (this.tail[0] as string).length >= this.side) {
      const gone = this.tail.shift() as string;
      this.tailLength -= gone.length;
      this.dropped += gone.length;
    }
  }

  /** Beginning, a sentence on what is missing, and end. */
  text(): string {
    const tail = this.tail.join('');
    const over = Math.max(0, tail.length - this.side);
    const missing = this.dropped + over;
    if (missing === 0) return this.head + tail;
    const note = `\n[… ${missing.toLocaleString('en')} characters of output left out here …]\n`;
    return whole(this.head) + note + whole(tail.slice(over));
  }
}

/** Without half a character pair at either end. */
const whole = (text: string): string => text.replace(/[\uD800-\uDBFF]$/, '').replace(/^[\uDC00-\uDFFF]/, '');

/** Where live output goes: `ToolContext.output`. */
export type Show = (data: string, stream: 'stdout' | 'stderr') => void;

/** What one command may show live, in characters. */
const mostShown = 1_000_000;
/** Pieces that come together go out together, in milliseconds. */
const together = 30;
const soonest = 16 * 1024;

/** Shows output as it comes, in pieces big enough to be cheap, and stops after a million characters. */
export class LiveOutput {
  private waiting: { data: string; stream: 'stdout' | 'stderr' } | undefined;
  private timer: NodeJS.Timeout | undefined;
  private shown = 0;

  constructor(private readonly show: Show) {}

  /** Whether nothing more is shown. */
  get full(): boolean {
    return this.shown >= mostShown;
  }

  add(data: string, stream: 'stdout' | 'stderr'): void {
    if (data === '' || this.full) return;
    this.shown += data.length;
    if (this.waiting && this.waiting.stream !== stream) this.flush();
    this.waiting = { data: (this.waiting?.data ?? '') + data, stream };
    if (this.full) this.waiting.data += '\n[too much output to show live; the result has its beginning and end]\n';
    if (this.waiting.data.length >= soonest || this.full) this.flush();
    else this.timer ??= setTimeout(() => this.flush(), together);
  }

  /** Shows what waits. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting) this.show(waiting.data, waiting.stream);
  }
}

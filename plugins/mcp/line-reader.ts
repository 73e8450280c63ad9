/** What is done with the lines of a stream. */
export interface LineSink {
  line(bytes: Buffer): void;
  /** A line of more than the limit: only its beginning and its end were kept. */
  tooLong(head: string, tail: string): void;
}

const kept = 1024;

/** Cuts bytes into lines without ever holding more than one line of at most `limit` bytes. */
export class LineReader {
  private pieces: Buffer[] = [];
  /** Bytes of the line so far, kept or not. */
  private length = 0;
  private head = '';
  private tail: Buffer = Buffer.alloc(0);

  constructor(
    private readonly limit: number,
    private readonly sink: LineSink,
  ) {}

  /** Bytes of the line that is still open. */
  get open(): number {
    return this.length;
  }

  add(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      this.take(chunk.subarray(from, end));
      this.finish();
      from = end + 1;
    }
    this.take(chunk.subarray(from));
  }

  private take(piece: Buffer): void {
    if (piece.length === 0) return;
    const before = this.length;
    this.length += piece.length;
    if (this.length <= this.limit) {
      this.pieces.push(piece);
      return;
    }
    if (before <= this.limit) {
      const soFar = Buffer.concat(this.pieces);
      this.head = Buffer.concat([soFar.subarray(0, kept), piece.subarray(0, kept)]).toString('utf8', 0, kept);
      this.tail = soFar.subarray(-kept);
      this.pieces = [];
    }
    this.tail = Buffer.from(Buffer.concat([this.tail, piece.subarray(-kept)]).subarray(-kept));
  }

  private finish(): void {
    const { pieces, length, head, tail } = this;
    this.pieces = [];
    this.length = 0;
    if (length > this.limit) this.sink.tooLong(head, tail.toString('utf8'));
    else if (length > 0) this.sink.line(pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces));
  }
}

/** Whose answer a line was, judged by its beginning or its end. Pure. */
export function answeredId(head: string, tail: string): number | undefined {
  const found =
    /^\s*\{\s*"jsonrpc"\s*:\s*"2\.0"\s*,\s*"id"\s*:\s*(\d+)\s*,/.exec(head) ??
    /,\s*"id"\s*:\s*(\d+)\s*\}\s*$/.exec(tail) ??
    /^\s*\{\s*"id"\s*:\s*(\d+)\s*,/.exec(head);
  return found ? Number(found[1]) : undefined;
}

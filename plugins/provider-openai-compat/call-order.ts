import type { CallPiece } from './call-slots.js';

/**
 * Keeps the promise that a higher index means the lower call is complete, also for providers that interleave the pieces
 * of several calls: pieces of a later call wait until the earlier one's arguments are whole JSON, or for the end.
 */
export class CallOrder {
  private current = -1;
  private input = '';
  private readonly held = new Map<number, CallPiece[]>();

  /** Hands out the piece, or keeps it for later. */
  take(piece: CallPiece, out: (piece: CallPiece) => void): void {
    if (this.current < 0) this.current = piece.index;
    if (piece.index > this.current && this.held.size === 0 && isJson(this.input)) {
      this.current = piece.index;
      this.input = '';
    }
    if (piece.index > this.current) {
      const waiting = this.held.get(piece.index);
      if (waiting) waiting.push(piece);
      else this.held.set(piece.index, [piece]);
      return;
    }
    out(piece);
    if (piece.index < this.current) return;
    if (piece.input !== undefined) this.input += piece.input;
    while (this.held.size > 0 && piece.input?.trimEnd().endsWith('}') && isJson(this.input)) this.advance(out);
  }

  /** No more pieces will come: hands out all that waited. */
  end(out: (piece: CallPiece) => void): void {
    while (this.held.size > 0) this.advance(out);
  }

  private advance(out: (piece: CallPiece) => void): void {
    this.current = Math.min(...this.held.keys());
    const pieces = this.held.get(this.current) as CallPiece[];
    this.held.delete(this.current);
    this.input = '';
    for (const piece of pieces) {
      if (piece.input !== undefined) this.input += piece.input;
      out(piece);
    }
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

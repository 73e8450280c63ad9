import type { StepPart } from '../contracts/provider.js';

/** A call the model has made in full. `problem` says why its arguments are no object; the tool then does not run. */
export interface Call {
  id: string;
  name: string;
  input: Record<string, unknown>;
  problem?: string;
}

/** Puts the pieces of tool calls together; a call is complete when the next one begins or the stream ends. */
export class CallPieces {
  private readonly pieces = new Map<number, { id?: string; name: string; input: string }>();
  private last: number | undefined;

  /** @param fresh makes an id for a call that came without one, or with one already used in this turn */
  constructor(private readonly fresh: (asked: string | undefined) => string) {}

  /** Takes a piece; answers the calls it completes. */
  take(part: Extract<StepPart, { type: 'call' }>): Call[] {
    let piece = this.pieces.get(part.index);
    const begins = piece === undefined;
    if (!piece) {
      piece = { name: '', input: '' };
      this.pieces.set(part.index, piece);
    }
    piece.id ??= part.id;
    if (part.name && piece.name !== part.name) piece.name += part.name;
    piece.input += part.input ?? '';
    const before = this.last;
    this.last = Math.max(part.index, before ?? part.index);
    return begins && before !== undefined && part.index > before ? this.completeBelow(part.index) : [];
  }

  /** The stream ended: everything that is left. */
  rest(): Call[] {
    return this.completeBelow(Number.POSITIVE_INFINITY);
  }

  /** How many calls are not complete yet. */
  get size(): number {
    return this.pieces.size;
  }

  /** Whether every call that is left has arguments that parse: such a stream may be believed without its finish. */
  get whole(): boolean {
    return [...this.pieces.values()].every(({ name, input }) => name !== '' && parsed(input).problem === undefined);
  }

  private completeBelow(index: number): Call[] {
    const done = [...this.pieces.keys()].filter((key) => key < index).sort((a, b) => a - b);
    return done.map((key) => {
      const { id, name, input } = this.pieces.get(key) as { id?: string; name: string; input: string };
      this.pieces.delete(key);
      return { id: this.fresh(id), name, ...parsed(input) };
    });
  }
}

/** Empty arguments mean `{}`. What does not parse is kept readable, in a form that every provider takes back. */
function parsed(text: string): Pick<Call, 'input' | 'problem'> {
  if (text.trim() === '') return { input: {} };
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { input: value as Record<string, unknown> };
    return { input: { value }, problem: 'the arguments must be a JSON object' };
  } catch (thrown) {
    const problem = `the arguments are not valid JSON (${(thrown as Error).message}); send one JSON object`;
    return { input: { unparsable: text.slice(0, 2_000) }, problem };
  }
}

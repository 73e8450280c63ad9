import type { StepPart } from '../contracts/provider.js';

/** A call the model has made in full. `problem` says why its arguments are no object; the tool then does not run. */
export interface Call {
  id: string;
  name: string;
  input: Record<string, unknown>;
  problem?: string;
}

type Piece = { id?: string; name: string; input: string };

/**
 * Puts the pieces of tool calls together. A call is complete when a later one has begun and its arguments are whole, or
 * when the stream ends; the calls come out in the order of their index.
 */
export class CallPieces {
  private readonly pieces = new Map<number, Piece>();
  private readonly done = new Set<number>();

  /** @param fresh makes an id for a call that came without one, or with one already used in this turn */
  constructor(private readonly fresh: (asked: string | undefined) => string) {}

  /** Takes a piece; answers the calls it completes. */
  take(part: Extract<StepPart, { type: 'call' }>): Call[] {
    if (this.done.has(part.index)) return [];
    const begins = !this.pieces.has(part.index);
    const piece = this.pieces.get(part.index) ?? { name: '', input: '' };
    this.pieces.set(part.index, piece);
    piece.id ??= part.id;
    if (part.name && piece.name !== part.name) piece.name += part.name;
    piece.input += part.input ?? '';
    return begins ? this.wholeBefore(part.index) : [];
  }

  /** The stream ended: everything that is left. */
  rest(): Call[] {
    return this.inOrder().map((entry) => this.complete(entry));
  }

  /** Whether there are calls, and all that are left have arguments that parse: such a stream is believed without its finish. */
  get whole(): boolean {
    return this.pieces.size > 0 && [...this.pieces.values()].every(({ name, input }) => name !== '' && !parsed(input).problem);
  }

  /** Empty arguments are not whole, they may still grow: some providers open all calls before they fill the first. */
  private wholeBefore(index: number): Call[] {
    const before = this.inOrder().filter(([each]) => each < index);
    const open = before.findIndex(([, { input }]) => input === '' || parsed(input).problem);
    return before.slice(0, open < 0 ? undefined : open).map((entry) => this.complete(entry));
  }

  private inOrder(): [number, Piece][] {
    return [...this.pieces].sort(([a], [b]) => a - b);
  }

  private complete([index, { id, name, input }]: [number, Piece]): Call {
    this.pieces.delete(index);
    this.done.add(index);
    return { id: this.fresh(id), name: name.replace(/[^\w-]/g, '_').slice(0, 64) || 'unnamed', ...parsed(input) };
  }
}

/** Levels of objects and lists in arguments at most: who stores or sends them may overflow on more. */
const deepest = 100;

const isDeeper = (value: unknown, than: number): boolean =>
  typeof value === 'object' && value !== null && (than === 0 || Object.values(value).some((each) => isDeeper(each, than - 1)));

/** Empty arguments mean `{}`. What is no JSON object is kept readable, in a form that every provider takes back. */
function parsed(text: string): Pick<Call, 'input' | 'problem'> {
  if (text.trim() === '') return { input: {} };
  const refused = (problem: string) => ({ input: { unparsable: text.slice(0, 2_000) }, problem });
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return refused('the arguments must be a JSON object');
    if (isDeeper(value, deepest)) return refused(`the arguments are nested more than ${deepest} levels deep`);
    return { input: value as Record<string, unknown> };
  } catch (thrown) {
    return refused(`the arguments are not valid JSON (${(thrown as Error).message}); send one JSON object`);
  }
}

/** One entry of `delta.tool_calls` as providers send it: any field may be missing, null or of another type. */
export interface RawCall {
  index?: unknown;
  id?: unknown;
  function?: { name?: unknown; arguments?: unknown } | null;
}

/** A piece of a tool call, told apart from the others by `index`. */
export interface CallPiece {
  type: 'call';
  index: number;
  id?: string;
  name?: string;
  input?: string;
}

const word = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/**
 * Finds out which call a piece belongs to. The index says so, mostly; some providers leave it out, some leave out the
 * id, and some send every call under index 0.
 */
export class CallSlots {
  private readonly byIndex = new Map<number, number>();
  private readonly byId = new Map<string, number>();
  private readonly ids: (string | undefined)[] = [];
  private last = -1;

  place(raw: RawCall): CallPiece {
    const id = word(raw.id);
    const name = word(raw.function?.name);
    const given = raw.function?.arguments;
    const input = typeof given === 'object' && given !== null ? JSON.stringify(given) : word(given);
    const slot = this.slot(raw.index, id, name !== undefined);
    if (id !== undefined && this.ids[slot] === undefined) {
      this.ids[slot] = id;
      if (!this.byId.has(id)) this.byId.set(id, slot);
    }
    this.last = slot;
    const piece: CallPiece = { type: 'call', index: slot };
    if (id !== undefined) piece.id = id;
    if (name !== undefined) piece.name = name;
    if (input !== undefined) piece.input = input;
    return piece;
  }

  private slot(index: unknown, id: string | undefined, named: boolean): number {
    if (typeof index === 'number' && Number.isInteger(index)) {
      const known = this.byIndex.get(index);
      const otherId = known !== undefined && id !== undefined && this.ids[known] !== undefined && this.ids[known] !== id;
      if (known !== undefined && !(otherId && named)) return known;
      const slot = (otherId ? this.byId.get(id) : undefined) ?? this.added();
      this.byIndex.set(index, slot);
      return slot;
    }
    if (id !== undefined) return this.byId.get(id) ?? this.added();
    return named || this.last < 0 ? this.added() : this.last;
  }

  private added(): number {
    return this.ids.push(undefined) - 1;
  }
}

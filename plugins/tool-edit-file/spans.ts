/** A place in a text: from `start` up to, not including, `end`. */
export interface Span {
  start: number;
  end: number;
}

/**
 * Where a text holds another, in order. `apart`: places do not overlap, as `replaceAll` takes them; otherwise every
 * place counts, so that none is mistaken for the only one. At most `limit`.
 */
export function spansOf(text: string, sought: string, apart: boolean, limit = Number.POSITIVE_INFINITY): Span[] {
  const spans: Span[] = [];
  const step = apart ? sought.length : 1;
  for (let at = text.indexOf(sought); at >= 0 && spans.length < limit; at = text.indexOf(sought, at + step))
    spans.push({ start: at, end: at + sought.length });
  return spans;
}

/**
 * As `spansOf`, in a text some of whose lines end in CRLF, for a text that knows LF only (as it is shown by read_file).
 * The places are those in the text as it is.
 */
export function spansAcrossLineEnds(text: string, sought: string, apart: boolean, limit?: number): Span[] {
  // Where the pairs are, in the text that has lost its carriage returns.
  const pairs: number[] = [];
  for (let at = text.indexOf('\r\n'); at >= 0; at = text.indexOf('\r\n', at + 2)) pairs.push(at - pairs.length);
  const found = spansOf(text.replaceAll('\r\n', '\n'), sought, apart, limit);
  const original = (offset: number) => offset + countBelow(pairs, offset);
  return found.map(({ start, end }) => ({ start: original(start), end: original(end) }));
}

/** How many of these rising numbers are below a limit. */
function countBelow(rising: readonly number[], limit: number): number {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rising[middle] as number) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The number of the line, from 1, that each of these rising offsets lies in. */
export function linesOf(text: string, offsets: readonly number[]): number[] {
  let line = 1;
  let at = -1;
  return offsets.map((offset) => {
    for (let next = text.indexOf('\n', at + 1); next >= 0 && next < offset; next = text.indexOf('\n', at + 1)) {
      line++;
      at = next;
    }
    return line;
  });
}

import type { SearchHit } from 'dispatch/wire';
import type { Term } from './parse-search.js';
import { type Word, wordsIn } from './words.js';

type Snippet = Pick<SearchHit, 'snippet' | 'marks'>;
type Span = Pick<Word, 'start' | 'end'>;

/** Characters of a text that are searched: so a text of any size costs no more than this one. */
export const searchedLength = 65_536;

const width = 200;
/** How much is shown before what was found. */
const lead = 50;

/** The place of a text that has most of what was wanted, the earliest of them. */
export function snippetOf(text: string, wanted: readonly Term[]): Snippet {
  const { spans, best } = placesOf(text, wanted);
  const from = best <= lead ? 0 : afterSpace(text, best - lead, best);
  const to = from + width >= text.length ? text.length : whole(text, from + width);
  return shown(text, from, to, spans);
}

/** Where the terms are, and where most of them begin to be close together; nothing is read far behind that. */
function placesOf(text: string, wanted: readonly Term[]): { spans: Span[]; best: number } {
  const spans: Span[] = [];
  const longest = Math.max(1, ...wanted.map(({ words }) => words.length));
  const run: Word[] = [];
  /** Where each term was seen last. */
  const seen = new Map<Term, number>();
  let best = { start: 0, terms: 0 };
  for (const word of wordsIn(text.slice(0, searchedLength))) {
    if (best.terms === wanted.length && word.start > best.start + width) break;
    run.push(word);
    if (run.length > longest) run.shift();
    for (const term of wanted) {
      const start = startOf(term, run);
      if (start === undefined) continue;
      spans.push({ start, end: word.end });
      seen.set(term, start);
      const close = [...seen.values()].filter((other) => other > word.end - (width - lead));
      if (close.length > best.terms || best.terms === 0) best = { start: Math.min(start, ...close), terms: Math.max(1, close.length) };
    }
  }
  return { spans, best: best.start };
}

/** Where a term begins that ends with the last of these words. */
function startOf({ words, prefix }: Term, run: readonly Word[]): number | undefined {
  const before = run.length - words.length;
  if (before < 0) return undefined;
  for (const [i, wanted] of words.entries()) {
    const { word } = run[before + i] as Word;
    if (word !== wanted && !(prefix && i === words.length - 1 && word.startsWith(wanted))) return undefined;
  }
  return run[before]?.start;
}

/** Not in the middle of a word, where that is easily had. */
function afterSpace(text: string, from: number, before: number): number {
  const space = /\s/.exec(text.slice(from, before));
  return space ? from + space.index + 1 : whole(text, from);
}

/** Not in the middle of a character. */
const whole = (text: string, at: number): number => (/[\udc00-\udfff]/.test(text.charAt(at)) ? at - 1 : at);

/** A stretch of the text on one line, with the marks where they are then. */
function shown(text: string, from: number, to: number, spans: readonly Span[]): Snippet {
  const open = from > 0 ? '…' : '';
  let snippet = open;
  const marks: SearchHit['marks'] = [];
  const add = (piece: string) => {
    const line = piece.replace(/\s+/g, ' ');
    snippet += snippet === open || snippet.endsWith(' ') ? line.trimStart() : line;
  };
  let at = from;
  for (const { start, end } of [...spans].sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (start < at || start >= to) continue;
    add(text.slice(at, start));
    at = Math.min(end, to);
    const begins = snippet.length;
    add(text.slice(start, at));
    marks.push([begins, snippet.length]);
  }
  add(text.slice(at, to));
  return { snippet: snippet.trimEnd() + (to < text.length ? '…' : ''), marks };
}

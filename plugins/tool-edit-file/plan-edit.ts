import { linesOf, type Span, spansAcrossLineEnds, spansOf } from './spans.js';

export interface Edit {
  oldString: string;
  newString: string;
  replaceAll?: boolean;
}

/** What an edit makes of a text, or why it makes nothing: `absent` when the text does not hold what is to be replaced. */
export type EditPlan = { content: string; places: number } | { problem: string } | { absent: true };

/** Places that are counted when there should be one. */
const mostCounted = 1000;
const mostNamed = 12;

/** What is wrong with an edit, whatever the file. */
export function editProblem({ oldString, newString }: Edit): string | undefined {
  if (oldString === '') return 'oldString is empty; give the text to replace, or make a new file with write_file';
  if (oldString === newString) return 'oldString and newString are the same; there is nothing to change';
  if (!oldString.isWellFormed() || !newString.isWellFormed())
    return 'oldString or newString holds half of a character (a lone surrogate), which no text file can';
  return undefined;
}

/**
 * Decides an edit. `oldString` matches exactly; only where it knows LF and the text has CRLF the line ends may differ.
 * New lines end as those they replace, or as most of the text does, unless the edit itself speaks of carriage returns.
 */
export function planEdit(text: string, edit: Edit): EditPlan {
  const { oldString, newString, replaceAll = false } = edit;
  const limit = replaceAll ? undefined : mostCounted;
  const speaksCr = oldString.includes('\r') || newString.includes('\r');
  const knowsLf = oldString.includes('\n') && !oldString.includes('\r') && text.includes('\r\n');
  const spans = (knowsLf ? spansAcrossLineEnds : spansOf)(text, oldString, replaceAll, limit);
  if (spans.length === 0) return { absent: true };
  if (spans.length > 1 && !replaceAll) return { problem: several(text, spans) };
  const replacement = (part: string): string => (speaksCr ? newString : newString.replaceAll('\n', lineEnd(part) ?? lineEnd(text) ?? '\n'));
  const content = spliced(text, spans, replacement);
  if (content === text) return { problem: 'the file already reads as it would after this edit; nothing was changed' };
  return { content, places: spans.length };
}

function spliced(text: string, spans: readonly Span[], replacement: (part: string) => string): string {
  const pieces: string[] = [];
  let from = 0;
  for (const { start, end } of spans) {
    pieces.push(text.slice(from, start), replacement(text.slice(start, end)));
    from = end;
  }
  pieces.push(text.slice(from));
  return pieces.join('');
}

/** How most lines of a text end; undefined when it has one line only. */
function lineEnd(text: string): '\n' | '\r\n' | undefined {
  let balance = 0;
  let any = false;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    any = true;
    balance += text[at - 1] === '\r' ? 1 : -1;
  }
  return any ? (balance > 0 ? '\r\n' : '\n') : undefined;
}

function several(text: string, spans: readonly Span[]): string {
  const lines = linesOf(
    text,
    spans.slice(0, mostNamed).map(({ start }) => start),
  );
  const count = spans.length >= mostCounted ? `at least ${mostCounted}` : String(spans.length);
  const rest = spans.length > mostNamed ? ', …' : '';
  return `oldString occurs ${count} times, in lines ${lines.join(', ')}${rest}; give more lines around the one that is meant, or set replaceAll=true to change all of them`;
}

import { structuredPatch } from 'diff';

const mostLines = 80;
const widest = 300;
/** Lines that may differ before a comparison would cost more than it tells. */
const mostChanges = 1500;
/** Unchanged lines shown around a change. */
const around = 3;

/** What changed in a file, as the hunks of a unified diff, each line with a line end before it. */
export function changeSummary(shown: string, before: string, after: string): string {
  const { from, old, fresh } = changedPart(before, after);
  const first = countLineEnds(before, from);
  // Line ends are kept by the edit itself; here they would only be noise.
  const [a, b] = [old, fresh].map((text) => text.replaceAll('\r\n', '\n')) as [string, string];
  const patch = structuredPatch(shown, shown, a, b, '', '', { context: around, maxEditLength: mostChanges });
  if (!patch) return '\n[too many lines changed to show them]';
  const lines = patch.hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines: changed }) => [
    `@@ -${rangeOf(first + oldStart, oldLines)} +${rangeOf(first + newStart, newLines)} @@`,
    ...changed.map((line) => (line.length > widest ? `${line.slice(0, widest)}…` : line)),
  ]);
  const rest = lines.length - mostLines;
  const note = rest > 0 ? [`[${rest} more lines of changes]`] : [];
  return [...lines.slice(0, mostLines), ...note].map((line) => `\n${line}`).join('');
}

/** A range without lines is said to stand behind the line before it. */
const rangeOf = (start: number, count: number): string => `${count === 0 ? start - 1 : start},${count}`;

/** The lines from the first change to the last, with some around them: the rest of a large file need not be compared. */
function changedPart(before: string, after: string): { from: number; old: string; fresh: string } {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let same = 0;
  while (same < shorter - start && before.charCodeAt(before.length - 1 - same) === after.charCodeAt(after.length - 1 - same)) same++;
  const from = linesBack(before, start);
  const end = linesOn(before, before.length - same);
  return { from, old: before.slice(from, end), fresh: after.slice(from, after.length - (before.length - end)) };
}

/** The beginning of the line that stands some lines before the one an offset lies in. */
function linesBack(text: string, offset: number): number {
  let at = offset;
  for (let i = 0; i <= around && at > 0; i++) at = text.lastIndexOf('\n', at - 1);
  return at <= 0 ? 0 : at + 1;
}

/** The end of the line that stands some lines after the one an offset lies in. */
function linesOn(text: string, offset: number): number {
  let at = offset - 1;
  for (let i = 0; i <= around; i++) {
    at = text.indexOf('\n', at + 1);
    if (at < 0) return text.length;
  }
  return at + 1;
}

function countLineEnds(text: string, end: number): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) count++;
  return count;
}

/** Shown where there is no text to make a title of. */
export const untitled = 'Untitled';

const longest = 80;

/** The start of a text as a title: whitespace folded, cut at 80 characters with `…`; null when there is nothing. */
export function titleOf(text: string): string | null {
  const folded = text.slice(0, 10_000).replace(/\s+/g, ' ').trim();
  const letters = [...folded];
  if (letters.length === 0) return null;
  return letters.length <= longest ? folded : `${letters.slice(0, longest).join('')}…`;
}

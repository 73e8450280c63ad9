/** A word of a text, as it is compared, and where it stands. */
export interface Word {
  word: string;
  start: number;
  end: number;
}

/** Written without spaces: each letter counts as a word of its own, so that any run of them can be found. */
const dense = ['Han', 'Hiragana', 'Katakana', 'Hangul', 'Thai', 'Lao', 'Khmer', 'Myanmar'].map((name) => `\\p{Script=${name}}`).join('');
const pattern = new RegExp(`[${dense}]\\p{M}*|(?![${dense}])[\\p{L}\\p{N}\\p{Co}](?:(?![${dense}])[\\p{L}\\p{N}\\p{M}\\p{Co}])*`, 'gu');
const denseStart = new RegExp(`^[${dense}]`, 'u');
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
const ascii = /^[\x00-\x7f]*$/;

/** The words of a text: runs of letters and digits. */
export function* wordsIn(text: string): Generator<Word> {
  for (const { 0: raw, index } of text.matchAll(pattern)) {
    const word = folded(raw);
    if (word) yield { word, start: index, end: index + raw.length };
  }
}

/** Whether it is a letter that counts as a word. */
export const isDense = (word: string): boolean => denseStart.test(word);

/** Without case, accents and width: what is typed quickly finds what was written carefully. */
function folded(raw: string): string {
  const lower = raw.toLowerCase();
  if (ascii.test(lower)) return lower;
  return lower
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}\p{M}\p{Co}]/gu, '')
    .replaceAll('ς', 'σ');
}

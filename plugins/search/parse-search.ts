import { SearchRefused } from './contract.js';
import { isDense, wordsIn } from './words.js';

/** Words that stand side by side; of the last one perhaps only the beginning. */
export interface Term {
  words: readonly string[];
  prefix: boolean;
}

export interface ParsedSearch {
  /** In the language of the index. */
  match: string;
  /** What was looked for, so that it can be shown where it is. */
  wanted: readonly Term[];
}

/** More would make a search slow, and no sentence is as long. */
const mostWords = 64;

/**
 * Reads what a user typed. There is no wrong syntax: a quote that is not closed ends with the text, operators of the
 * index are words like others, and what is no word is left out. Throws `SearchRefused` when nothing is left, or too much.
 */
export function parseSearch(text: string): ParsedSearch {
  const wanted: Term[] = [];
  const unwanted: Term[] = [];
  let count = 0;
  for (const [, minus, quoted, bare] of text.matchAll(/(-?)(?:"([^"]*)"?|([^\s"]+))/g)) {
    const words = [...wordsIn(quoted ?? bare ?? '')].map(({ word }) => word);
    const last = words.at(-1);
    if (last === undefined) continue;
    count += words.length;
    const prefix = quoted === undefined && bare?.endsWith('*') === true && !isDense(last);
    if (prefix && [...last].length < 2)
      throw new SearchRefused(`"${last}*" finds too much: give two letters of a word's beginning at least`);
    (minus ? unwanted : wanted).push({ words, prefix });
  }
  if (count > mostWords) throw new SearchRefused(`a search takes ${mostWords} words at most, these are ${count}`);
  if (wanted.length === 0)
    throw new SearchRefused(
      unwanted.length > 0
        ? 'only words to leave out were given: give one to look for as well'
        : 'there is nothing to look for: give a word of letters or digits',
    );
  const all = wanted.map(expression).join(' AND ');
  const match = unwanted.length === 0 ? all : `(${all}) NOT (${unwanted.map(expression).join(' OR ')})`;
  return { match, wanted };
}

const expression = ({ words, prefix }: Term): string => `"${words.join(' ').replaceAll('"', '""')}"${prefix ? ' *' : ''}`;

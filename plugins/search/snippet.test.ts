import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseSearch } from './parse-search.js';
import { snippetOf } from './snippet.js';
import { wordsIn } from './words.js';

const marked = (text: string, q: string) => {
  const { snippet, marks } = snippetOf(text, parseSearch(q).wanted);
  let out = '';
  let at = 0;
  for (const [start, end] of marks) {
    out += `${snippet.slice(at, start)}[${snippet.slice(start, end)}]`;
    at = end;
  }
  return out + snippet.slice(at);
};

test.each([
  ['one two three', 'two', 'one [two] three'],
  ['one two three', '"two three"', 'one [two three]'],
  ['one\n\n two\tthree ', 'three', 'one two [three]'],
  ['Crème brûlée', 'creme brul*', '[Crème] [brûlée]'],
  ['東京大学', '京大', '東[京大]学'],
  ['one two', 'two three', 'one [two]'],
  ['nothing', 'else', 'nothing'],
  ['a a a', '"a a"', '[a a] a'],
])('of %j for %j shows %j', (text, q, shown) => {
  expect(marked(text, q)).toBe(shown);
});

test('a long text is shown where most of what was wanted is close together', () => {
  const filler = 'filler '.repeat(100);
  expect(marked(`apple ${filler}pear and apple ${filler}`, 'apple pear')).toMatch(/^…(filler )+\[pear\] and \[apple\] (filler )+fi\S*…$/);
  expect(marked(`${'x'.repeat(5_000)} apple`, 'apple')).toBe('…[apple]');
});

test('it is short and on one line, and its marks are words that were wanted', () => {
  const texts = fc.string({ unit: fc.constantFrom('ab', 'é', 'Ａ', '京', '😀', ' ', '\n', '…', 'ab ', '\ud800'), maxLength: 400 });
  fc.assert(
    fc.property(texts, fc.constantFrom('ab', '京', 'é*', 'abe ab', 'a*', '"ab ab"'), (text, q) => {
      const { wanted } = parseSearch(q.replace('é*', 'éa*').replace('a*', 'ab*'));
      const { snippet, marks } = snippetOf(text, wanted);
      expect(snippet.length).toBeLessThanOrEqual(202);
      expect(snippet).not.toMatch(/[\n\r]/);
      let last = 0;
      for (const [start, end] of marks) {
        expect(start >= last && end > start && end <= snippet.length).toBe(true);
        last = end;
        const words = [...wordsIn(snippet.slice(start, end))].map(({ word }) => word);
        if (end < 190) expect(wanted.some((term) => words.length === term.words.length)).toBe(true);
      }
    }),
  );
});

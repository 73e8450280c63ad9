import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PlainText, settled } from './plain-text.js';

const plain = (...pieces: string[]) => {
  const stream = new PlainText();
  return pieces.map((piece) => stream.take(piece)).join('') + stream.end();
};

describe('PlainText', () => {
  test.each([
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b[2J\u001b[1;1Htop', 'top'],
    ['\u001b]0;title\u0007text', 'text'],
    ['\u001b]52;c;aGk=\u001b\\text', 'text'],
    ['\u001b(Btext\u001bc', 'text'],
    ['\u009b1mbold', 'bold'],
    ['a\u0000\u0007\u007fb\tc\r\n', 'ab\tc\r\n'],
    ['plain é 😀', 'plain é 😀'],
    ['\u001b]never ended', 'never ended'],
  ])('makes %j %j', (from, to) => expect(plain(from)).toBe(to));

  test('gives the same however a text is cut into pieces', () => {
    const part = fc.constantFrom('\u001b[31m', '\u001b]0;t\u0007', '\u001b]8;;x\u001b\\', '\u001b(B', 'a', 'é', '\r', '\n');
    fc.assert(
      fc.property(fc.array(part), fc.array(fc.nat(40)), (parts, cuts) => {
        const text = parts.join('');
        const at = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((a, b) => a - b), text.length];
        const pieces = at.slice(1).map((end, i) => text.slice(at[i], end));
        const expected = parts.filter((each) => !each.startsWith('\u001b')).join('');
        expect(plain(...pieces)).toBe(expected);
      }),
    );
  });

  test('leaves no control character whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (pieces) => {
        const shown = plain(...pieces);
        const bad = [...shown].filter((c) => c < ' ' && !'\t\n\r\b'.includes(c));
        expect(bad).toEqual([]);
      }),
    );
  });
});

test.each([
  ['10%\r50%\r100%\n', '100%\n'],
  ['10%\r50%\r', '50%'],
  ['a\r\nb\r\n', 'a\nb\n'],
  ['|\b/\b-\bdone', 'done'],
  ['plain\n', 'plain\n'],
])('a line drawn over, %j, settles as %j', (from, to) => expect(settled(from)).toBe(to));

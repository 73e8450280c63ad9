import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cutMiddle } from './long-result.js';

test('a short result stays as it is', () => {
  expect(cutMiddle('short', 50, 'nowhere')).toBe('short');
});

test('a long one keeps both ends, stays well-formed, and says how much is left out', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 60, maxLength: 300 }), (text) => {
      const cut = cutMiddle(text, 50, 'It is in FILE.');
      const [, head, left, tail] = /^([\s\S]*)\n\n\[… (\d+) characters left out here\. It is in FILE\.\]\n\n([\s\S]*)$/.exec(cut) ?? [];
      expect(text.startsWith(head as string) && text.endsWith(tail as string)).toBe(true);
      expect((head as string).length + (tail as string).length + Number(left)).toBe(text.length);
      expect(cut.isWellFormed()).toBe(true);
    }),
  );
});

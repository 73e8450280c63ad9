import { expect, test } from '@jest/globals';
import { titleOf } from './title.js';

test('a title is the start of the text, whitespace folded, cut at 80 characters', () => {
  expect(titleOf('  two \n\t words ')).toBe('two words');
  expect(titleOf(' \n ')).toBeNull();
  expect(titleOf('x'.repeat(80))).toBe('x'.repeat(80));
  expect(titleOf('x'.repeat(81))).toBe(`${'x'.repeat(80)}…`);
  expect(titleOf('🙂'.repeat(90))).toBe(`${'🙂'.repeat(80)}…`);
});

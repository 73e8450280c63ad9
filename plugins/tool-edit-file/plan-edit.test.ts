import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { editProblem, planEdit } from './plan-edit.js';

const content = (text: string, oldString: string, newString: string, replaceAll = false) => {
  const plan = planEdit(text, { oldString, newString, replaceAll });
  return 'content' in plan ? plan.content : plan;
};

// Few letters, so that texts are often found, several times and overlapping.
const letters = fc.string({ unit: fc.constantFrom('a', 'b', '\n', ' ', '$', '&', 'é', '😀'), maxLength: 12 });
const sought = letters.filter((text) => text !== '');
const crlf = (text: string) => text.replaceAll('\n', '\r\n');

describe('an edit is String.replace', () => {
  test('of the only place there is', () => {
    fc.assert(
      fc.property(letters, sought, letters, letters, (before, oldString, newString, after) => {
        const text = before + oldString + after;
        fc.pre(oldString !== newString && text.indexOf(oldString) === text.lastIndexOf(oldString));
        expect(planEdit(text, { oldString, newString })).toEqual({ content: text.replace(oldString, () => newString), places: 1 });
      }),
      { numRuns: 1000 },
    );
  });

  test('of all places, with replaceAll', () => {
    fc.assert(
      fc.property(letters, sought, letters, (text, oldString, newString) => {
        fc.pre(text.includes(oldString) && oldString !== newString);
        const after = text.replaceAll(oldString, () => newString);
        fc.pre(after !== text);
        expect(content(text, oldString, newString, true)).toBe(after);
      }),
      { numRuns: 1000 },
    );
  });

  test('and in a text with CRLF the same edit, with every line end as it was', () => {
    fc.assert(
      fc.property(letters, sought, letters, fc.boolean(), (text, oldString, newString, replaceAll) => {
        fc.pre(oldString !== newString && text.includes('\n'));
        const plain = planEdit(text, { oldString, newString, replaceAll });
        const windows = planEdit(crlf(text), { oldString, newString, replaceAll });
        if ('content' in plain) expect(windows).toEqual({ content: crlf(plain.content), places: plain.places });
        else expect('content' in windows).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  test('and never happens where the text is absent, or there more than once', () => {
    fc.assert(
      fc.property(letters, sought, letters, (text, oldString, newString) => {
        fc.pre(oldString !== newString);
        const plan = planEdit(text, { oldString, newString });
        const [first, last] = [text.indexOf(oldString), text.lastIndexOf(oldString)];
        if (first < 0) expect(plan).toEqual({ absent: true });
        else if (first !== last) expect(plan).toEqual({ problem: expect.stringMatching(/^oldString occurs \d+ times, in lines /) });
      }),
      { numRuns: 1000 },
    );
  });
});

describe('F05: an edit', () => {
  test('of several places names their lines', () => {
    expect(content('x\na\nb\na\n', 'a', 'c')).toEqual({
      problem:
        'oldString occurs 2 times, in lines 2, 4; give more lines around the one that is meant, or set replaceAll=true to change all of them',
    });
    expect(content('a\n'.repeat(30), 'a', 'c')).toEqual({
      problem: expect.stringContaining('30 times, in lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, …;'),
    });
    expect(content('a'.repeat(5000), 'a', 'c')).toEqual({ problem: expect.stringContaining('at least 1000 times') });
  });

  test('counts places that overlap: none of them is the only one', () => {
    expect(content('aaa', 'aa', 'b')).toEqual({ problem: expect.stringContaining('occurs 2 times') });
    expect(content('aaa', 'aa', 'b', true)).toBe('ba');
  });

  test.each([
    ['a new line in a file with CRLF', 'x\r\ny\r\n', 'x', 'x\nz', 'x\r\nz\r\ny\r\n'],
    ['lines known as LF in a file with CRLF', 'x\r\ny\r\nz\r\n', 'x\ny\n', 'a\n', 'a\r\nz\r\n'],
    ['a place with LF in a file with both', 'x\r\ny\r\na\nb\r\n', 'a\nb', 'a\nc\nb', 'x\r\ny\r\na\nc\nb\r\n'],
    ['a place with CRLF in a file with both', 'x\ny\na\r\nb\n', 'a\nb', 'a\nc\nb', 'x\ny\na\r\nc\r\nb\n'],
    ['a line end at the beginning', 'a\r\nb\r\n', '\nb', '', 'a\r\n'],
    ['what speaks of CRLF itself', 'x\r\ny\r\n', 'x\r\ny', 'x\ny', 'x\ny\r\n'],
    ['the first line behind a byte order mark', '\ufeffa\nb', 'a\n', 'c\n', '\ufeffc\nb'],
    ['a pattern that is none', 'a.*b $& $1', '.*', "$&$'", "a$&$'b $& $1"],
  ])('keeps line ends: %s', (_name, text, oldString, newString, after) => expect(content(text, oldString, newString)).toBe(after));

  test('whose oldString has CRLF where the file has LF does not match', () => {
    expect(content('a\nb', 'a\r\nb', 'c')).toEqual({ absent: true });
  });

  test('that changes nothing is said to', () => {
    expect(content('a\r\nb', 'a\nb', 'a\r\nb')).toEqual({ problem: expect.stringContaining('already reads') });
  });

  test.each([
    ['', 'x', /oldString is empty/],
    ['a', 'a', /are the same/],
    ['a\ud800', 'x', /half of a character/],
    ['a', '\udc00', /half of a character/],
  ])('of %j into %j is refused', (oldString, newString, why) => expect(editProblem({ oldString, newString })).toMatch(why));
});

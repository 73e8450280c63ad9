import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { age, cut, rows, shortLength } from './rows.js';
import { jsonLine, safeLine, safeText } from './safe-text.js';

const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code))).map((all) => all.join('')),
);
/** Written without ranges of literal characters, so that it does not repeat what it checks. */
const harmful = (text: string): string[] =>
  [...text].filter((character) => {
    const code = character.codePointAt(0) ?? 0;
    const control = (code < 32 && code !== 9 && code !== 10) || (code >= 127 && code < 160);
    return control || [0x61c, 0x200e, 0x200f].includes(code) || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
  });

describe('safeText', () => {
  test.each([
    ['\u001b]52;c;aGk=\u0007', '\\x1b]52;c;aGk=\\x07'],
    ['\u001b[2J\u001b[H', '\\x1b[2J\\x1b[H'],
    ['\u009b2J', '\\x9b2J'],
    ['a\u202eb\u2066c', 'a\\u202eb\\u2066c'],
    ['over\rwritten', 'over\\x0dwritten'],
    ['line\r\nend\ttab', 'line\nend\ttab'],
    ['\u{e0041}', '\\u{e0041}'],
    ['é 😀 👨‍👩‍👧 日本', 'é 😀 👨‍👩‍👧 日本'],
  ])('spells %j as %j', (from, to) => expect(safeText(from)).toBe(to));

  test('lets nothing harmful through, whatever comes', () => {
    fc.assert(
      fc.property(anything, (text) => expect(harmful(safeText(text))).toEqual([])),
      { numRuns: 1000 },
    );
  });

  test('stays on one line when it must', () => expect(safeLine('a\n\tb\u001b')).toBe('a b\\x1b'));
});

test('a line of JSON is one line, means the same and holds nothing harmful', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), anything, (value, text) => {
      const line = jsonLine({ value, text });
      expect(harmful(line)).toEqual([]);
      expect(line).not.toContain('\n');
      expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify({ value, text })));
    }),
  );
});

describe('rows', () => {
  const meta = (id: string, title: string, lastActivityAt: number) => ({
    ...{ id, title, lastActivityAt, createdAt: 0, status: 'idle' as const, workspaceId: 'default' },
  });
  test('give short ids that differ, the title and the age', () => {
    const all = [meta('aaaaaaaa-1', 'One', 0), meta('aaaaaaaa-2', 'Two\n\u001b[31m', 3_600_000)];
    expect(rows(all, 7_200_000, undefined)).toEqual(['aaaaaaaa-1 | One | 2h', 'aaaaaaaa-2 | Two \\x1b[31m | 1h']);
    expect(shortLength([])).toBe(8);
    expect(shortLength(['abcdefgh-1', 'bbcdefgh-1'])).toBe(8);
  });

  test('C10 fit a narrow terminal', () => {
    const [row] = rows([meta('abcdefgh-1', 'A long title of a conversation', 0)], 0, 20);
    expect(row).toBe('abcdefgh | A l… | 0s');
    expect(row?.length).toBe(20);
  });

  test('count letters that are two columns wide', () => {
    expect(['日本語の題', 'ab😀cd', 'e\u0301te'].map((text) => cut(text, 5))).toEqual(['日本…', 'ab😀…', 'e\u0301te']);
  });

  test('tell age in one unit', () => {
    expect([0, 59_999, 60_000, 3_600_000, 86_400_000, -5].map(age)).toEqual(['0s', '59s', '1m', '1h', '1d', '0s']);
  });
});

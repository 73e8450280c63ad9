import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nearestLines } from './nearest-lines.js';

const file = `import x from 'x';

export function one() {
\treturn x + 1;
}

export function two(a, b) {
\treturn a * b;
}
`;

test('F05: white space that differs is made visible, with the lines of the file numbered', () => {
  expect(nearestLines(file, 'export function two(a, b) {\n    return a * b;\n}')).toBe(
    [
      'it differs from the file in white space only. The nearest is lines 7 to 9 ("-" is oldString, "+" is the file, · a space, → a tab):',
      ' 7: export function two(a, b) {',
      '-   ····return a * b;',
      '+8: →return a * b;',
      ' 9: }',
    ].join('\n'),
  );
});

test('F05: where more differs the nearest lines are shown as they are', () => {
  expect(nearestLines(file, 'export function two(a, c) {\n\treturn a * c;\n}')).toBe(
    [
      'it differs from the file. The nearest is lines 7 to 9 ("-" is oldString, "+" is the file):',
      '-   export function two(a, c) {',
      '-   \treturn a * c;',
      '+7: export function two(a, b) {',
      '+8: \treturn a * b;',
      ' 9: }',
    ].join('\n'),
  );
});

test.each([
  ['7: export function two(a, b) {\n8: \treturn a * b;', 'holds the line numbers that read_file puts before each line'],
  ["import x from 'x';\r\n\r\nexport", 'has line ends of another kind (CRLF) than the file (LF)'],
  ['EXPORT function one', 'differs from the file in upper and lower case only'],
  ['import x from ‘x’;', 'differs from the file in look-alike characters'],
  ["import x from 'x';\\n\\nexport", 'is escaped once too often'],
  ['return  a*b', 'differs from the file in white space only'],
])('F05: %j is told from the file', (sought, why) => expect(nearestLines(file, sought)).toContain(`it ${why}`));

test('what resembles nothing is said to', () => {
  expect(nearestLines(file, 'SELECT count(*) WHERE id')).toBe('nothing in the file resembles it; read the file again');
  expect(nearestLines('', 'x')).toBe('nothing in the file resembles it; read the file again');
});

test('F04: long lines and many lines are cut', () => {
  const long = `${'x'.repeat(5000)} end`;
  const said = nearestLines(`${'a\n'.repeat(100_000)}${long}\n`, `${long}!`);
  expect(said.length).toBeLessThan(2_000);
  const many = Array.from({ length: 200 }, (_, i) => `this is the line number ${i}`).join('\n');
  expect(nearestLines(many, many.replaceAll('number', 'nummer'))).toMatch(/\n\[\d+ more lines\]$/);
});

test('it says something short about any two texts', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary', minLength: 1 }), (text, sought) => {
      const said = nearestLines(text, sought);
      expect(said.length).toBeGreaterThan(0);
      expect(said.length).toBeLessThan(24 * 230 + 300);
    }),
  );
});

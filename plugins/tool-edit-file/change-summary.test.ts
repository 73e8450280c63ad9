import { expect, test } from '@jest/globals';
import { createTwoFilesPatch, OMIT_HEADERS } from 'diff';
import fc from 'fast-check';
import { changeSummary } from './change-summary.js';

const texts = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\n'), maxLength: 60 });

test('it is the unified diff of the whole texts, though only a part of them is compared', () => {
  fc.assert(
    fc.property(texts, texts, texts, fc.nat(12), (head, old, fresh, far) => {
      const [before, after] = [old, fresh].map((middle) => `${head}\n${'x\n'.repeat(far)}${middle}\n${'y\n'.repeat(far)}`) as [
        string,
        string,
      ];
      fc.pre(before !== after);
      const patch = changeSummary('f', before, after);
      const whole = createTwoFilesPatch('f', 'f', before, after, '', '', { context: 3, headerOptions: OMIT_HEADERS });
      const hunks = (text: string) => text.match(/^@@/gm)?.length;
      expect(hunks(patch)).toBeGreaterThan(0);
      // Where equal lines stand side by side there is more than one true diff: what counts is that it leads from one to the other.
      expect(applied(before, patch)).toBe(after);
      expect(patch.trim().split('\n').length).toBeLessThanOrEqual(whole.trim().split('\n').length + 8);
    }),
    { numRuns: 500 },
  );
});

test('line numbers are those of the whole file', () => {
  const before = Array.from({ length: 100 }, (_, i) => `line ${i + 1}\n`).join('');
  expect(changeSummary('f', before, before.replace('line 50\n', ''))).toMatch(/^\n@@ -47,7 \+47,6 @@\n line 47\n/);
  expect(changeSummary('f', before, before.replace('line 1\n', 'first\n'))).toMatch(/^\n@@ -1,4 \+1,4 @@\n-line 1\n\+first\n/);
  expect(changeSummary('f', '', 'a\n')).toBe('\n@@ -0,0 +1,1 @@\n+a');
});

/** Applies hunks to a text, line by line. */
function applied(before: string, patch: string): string {
  const old = before.split('\n');
  const result: string[] = [];
  let at = 0;
  for (const line of patch.slice(1).split('\n')) {
    const hunk = /^@@ -(\d+),(\d+) /.exec(line);
    if (hunk) {
      const start = Number(hunk[1]) - (hunk[2] === '0' ? 0 : 1);
      result.push(...old.slice(at, start));
      at = start;
    } else if (line.startsWith('+')) result.push(line.slice(1));
    else if (line.startsWith('-')) expect(old[at++]).toBe(line.slice(1));
    else if (line.startsWith(' ')) {
      expect(old[at++]).toBe(line.slice(1));
      result.push(line.slice(1));
    }
  }
  return [...result, ...old.slice(at)].join('\n');
}

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LiveOutput } from './live-output.js';
import { Transcript } from './transcript.js';

const kept = (side: number, pieces: string[]) => {
  const transcript = new Transcript(side);
  for (const piece of pieces) transcript.add(piece);
  return transcript.text();
};

test('what fits is kept whole, whatever its pieces', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 20 }), { maxLength: 20 }), (pieces) => {
      expect(kept(400, pieces)).toBe(pieces.join(''));
    }),
  );
});

test('of what does not fit, beginning and end are kept, and the gap is counted', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{0,30}$/), { minLength: 10 }), (pieces) => {
      const whole = pieces.join('');
      fc.pre(whole.length > 20);
      const text = kept(10, pieces);
      expect(text).toBe(`${whole.slice(0, 10)}\n[… ${whole.length - 20} characters of output left out here …]\n${whole.slice(-10)}`);
    }),
  );
});

test('no character pair is torn', () => {
  const text = kept(3, ['😀😀😀😀😀😀']);
  expect(text).not.toMatch(/\p{Surrogate}/u);
  expect(text).toContain('😀\n[… ');
});

test('live output comes in order, by stream, and stops after a million characters', () => {
  const shown: string[] = [];
  const live = new LiveOutput((data, stream) => shown.push(`${stream}:${data}`));
  live.add('a', 'stdout');
  live.add('b', 'stdout');
  live.add('c', 'stderr');
  live.flush();
  expect(shown).toEqual(['stdout:ab', 'stderr:c']);
  for (let i = 0; i < 40; i++) live.add('x'.repeat(65_536), 'stdout');
  live.flush();
  expect(live.full).toBe(true);
  expect(shown.join('').length).toBeLessThan(1_200_000);
  expect(shown.at(-1)).toMatch(/too much output to show live/);
});

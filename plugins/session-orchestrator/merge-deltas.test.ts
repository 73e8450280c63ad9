import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Line } from './contract.js';
import { mergeDeltas } from './merge-deltas.js';

const event = fc.oneof(
  fc.record({ type: fc.constantFrom('text-delta', 'reasoning-delta'), delta: fc.string() }),
  fc.record({ type: fc.constant('usage') }),
);
const lines = fc.array(event).map((events) => events.map((each): Line => ({ type: each.type, json: JSON.stringify(each) })));

/** What a client makes of lines: neighbouring deltas of a kind are one. */
function told(from: readonly Line[]): string[] {
  const out: string[] = [];
  let last = '';
  for (const { type, json } of from) {
    const { delta } = JSON.parse(json) as { delta?: string };
    if (delta !== undefined && type === last) out[out.length - 1] += delta;
    else out.push(`${type}:${delta ?? ''}`);
    last = type;
  }
  return out;
}

test('merging changes neither what a late joiner nor what any watcher in the middle is told', () => {
  fc.assert(
    fc.property(lines, fc.array(fc.nat()), (all, wild) => {
      const places = wild.map((place) => place % (all.length + 1));
      const merged = mergeDeltas(all, places);
      expect(told(merged.lines)).toEqual(told(all));
      places.forEach((place, i) => {
        expect(told(merged.lines.slice(merged.places[i]))).toEqual(told(all.slice(place)));
      });
    }),
  );
});

test('a run of deltas becomes one line where nobody stands in it', () => {
  const all = ['a', 'b', 'c'].map(
    (delta): Line => ({ type: 'text-delta', json: JSON.stringify({ type: 'text-delta', turnId: 't', delta }) }),
  );
  expect(mergeDeltas(all, [3]).lines).toEqual([{ type: 'text-delta', json: '{"type":"text-delta","turnId":"t","delta":"abc"}' }]);
  expect(mergeDeltas(all, [1]).places).toEqual([1]);
});

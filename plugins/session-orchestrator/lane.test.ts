import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Lane, type Place } from './lane.js';

test('whoever comes and goes: never more than so many at once, and the others in the order they came', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.array(fc.nat(9), { maxLength: 40 }), async (most, steps) => {
      const lane = new Lane(most);
      const places: Place[] = [];
      const began: number[] = [];
      const gone = new Set<number>();
      for (const step of steps) {
        if (step < 5) {
          const number = places.length;
          const place = lane.enter();
          places.push(place);
          if (!place.free) began.push(number);
          else void place.free.then(() => began.push(number));
        } else if (places.length > 0) {
          const number = step % places.length;
          places[number]?.leave();
          places[number]?.leave();
          gone.add(number);
        }
        await Promise.resolve();
        expect(began.filter((number) => !gone.has(number)).length).toBeLessThanOrEqual(most);
        expect(began).toEqual([...began].sort((a, b) => a - b));
        const wait = places.filter((_, number) => !began.includes(number) && !gone.has(number)).length;
        if (wait > 0) expect(began.filter((number) => !gone.has(number))).toHaveLength(most);
      }
    }),
  );
});

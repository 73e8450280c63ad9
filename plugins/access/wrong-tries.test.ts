import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { WrongTries } from './wrong-tries.js';

const minute = 60_000;

test('ten wrong tries in a minute make an address wait for the rest of it, and no other address', () => {
  const tries = new WrongTries();
  for (let i = 0; i < 9; i++) tries.wrong('a', i * 1_000);
  expect(tries.waitMs('a', 9_000)).toBe(0);
  tries.wrong('a', 10_000);
  expect([tries.waitMs('a', 10_000), tries.waitMs('a', minute - 1), tries.waitMs('a', minute)]).toEqual([50_000, 1, 0]);
  expect(tries.waitMs('b', 10_000)).toBe(0);
});

test('after its wait an address has ten more', () => {
  const tries = new WrongTries();
  for (let i = 0; i < 10; i++) tries.wrong('a', 0);
  for (let i = 0; i < 9; i++) tries.wrong('a', minute);
  expect(tries.waitMs('a', minute)).toBe(0);
  tries.wrong('a', minute + 1);
  expect(tries.waitMs('a', minute + 1)).toBe(minute - 1);
});

test('loopback, and who has shown the right thing before, is looked at even while it waits', () => {
  const tries = new WrongTries();
  for (const address of ['loopback', 'proven', 'stranger']) for (let i = 0; i < 10; i++) tries.wrong(address, 0);
  tries.right('proven');
  expect(['loopback', 'proven', 'stranger'].map((address) => tries.isProven(address))).toEqual([true, true, false]);
});

test('memory is bounded, whoever tries and whoever succeeds, and loopback is never forgotten', () => {
  const tries = new WrongTries();
  for (let i = 0; i < 20_000; i++) {
    tries.wrong(`w${i}`, 0);
    tries.right(`r${i}`);
  }
  const held = tries as unknown as { counts: Map<string, unknown>; proven: Set<string> };
  expect([held.counts.size, held.proven.size]).toEqual([4_096, 4_096]);
  expect(tries.isProven('loopback')).toBe(true);
});

test('no address gets more than twenty tries looked at in any minute', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 50, maxLength: 200 }), (gaps) => {
      const tries = new WrongTries();
      const looked: number[] = [];
      let now = 0;
      for (const gap of gaps) {
        now += gap;
        if (tries.waitMs('a', now) > 0) continue;
        tries.wrong('a', now);
        looked.push(now);
      }
      return looked.every((at) => looked.filter((each) => each >= at && each < at + minute).length <= 20);
    }),
  );
});

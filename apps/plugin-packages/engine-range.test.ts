import { expect, test } from '@jest/globals';
import { engineProblem } from './engine-range.js';

test.each([
  [undefined, '0.1.0', true],
  ['*', '7.0.0', true],
  ['^0.1.0', '0.1.9', true],
  ['^0.1.0', '0.2.0', false],
  ['>= 0.1 < 1', '0.9.9', true],
  ['^0.1.0 || ^1.0.0', '1.4.0', true],
  ['^0.2.0', '0.2.0-beta.1', true],
])('%s takes %s: %s', async (range, version, takes) => {
  expect((await engineProblem(range, version)) === undefined).toBe(takes);
});

test('the refusal names both, and what a range looks like', async () => {
  expect(await engineProblem('^2.0.0', '0.1.0')).toBe(
    'it is made for Dispatch ^2.0.0, and this is 0.1.0: get a version of it that is made for this one',
  );
  for (const none of ['latest', '', '1.2.3.4', '^^1', '>=1 or so'])
    expect(await engineProblem(none, '0.1.0')).toBe(`"engine" is "${none}", which is no version range; write one such as "^0.1.0"`);
});

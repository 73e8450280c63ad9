import { expect, test } from '@jest/globals';
import { nearest } from './nearest.js';

test('the nearest names come first', () => {
  expect(nearest('prot', ['host', 'port', 'plugins'], 1)).toEqual(['port']);
});

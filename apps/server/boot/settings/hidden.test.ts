import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hidden, restored, secretsOf } from './hidden.js';
import type { Shape } from './setting-fields.js';

const secret = { type: 'string', secret: true };
const shape: Shape = {
  type: 'object',
  properties: {
    key: secret,
    city: { type: 'string' },
    accounts: {
      type: 'array',
      items: { type: 'object', properties: { name: { type: 'string' }, password: { type: 'string', format: 'password' } } },
    },
    byHost: { type: 'object', additionalProperties: secret },
    either: { anyOf: [{ type: 'string' }, secret] },
  },
};
const plain = fc.string().map((text) => `plain ${text}`);
const hiding = fc.string().map((text) => `hidden ${text}`);
const values = fc.record(
  {
    key: hiding,
    city: plain,
    accounts: fc.array(fc.record({ name: plain, password: hiding }, { requiredKeys: [] })),
    byHost: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), hiding),
    either: hiding,
    unknown: hiding,
  },
  { requiredKeys: [] },
);

test('whatever is marked, or not declared, is never shown, and what was not touched comes back as it was', () => {
  fc.assert(
    fc.property(values, (given) => {
      const shown = hidden(shape, given);
      expect(JSON.stringify(shown)).not.toContain('hidden');
      expect(restored(shape, shown, given)).toEqual(given);
      expect(secretsOf(shape, given).every((each) => each.startsWith('hidden'))).toBe(true);
    }),
  );
});

test('a new value takes the place of the mask, and a mask that stands for nothing is nothing', () => {
  expect(restored(shape, { key: 'new', city: '***' }, { key: 'old' })).toEqual({ key: 'new', city: '***' });
  expect(restored(shape, { key: '***' }, {})).toEqual({ key: undefined });
  expect(secretsOf(shape, { key: 'a', city: 'b', accounts: [{ password: 'c' }], byHost: { h: 'd' }, either: 'e', unknown: 'f' })).toEqual([
    'a',
    'c',
    'd',
    'e',
  ]);
});

test('nothing is shown where the schema cannot be read', () => {
  expect(hidden(undefined, { a: 1 })).toBe('***');
});

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HttpError } from './contract.js';
import { maxDepth, maxValues, parseJsonBody } from './json-body.js';

const parse = (text: string) => parseJsonBody(Buffer.from(text));
const why = (text: string) => {
  try {
    parse(text);
  } catch (thrown) {
    return thrown instanceof HttpError && thrown.extra.code === 'bad_json' ? thrown.message : thrown;
  }
  return undefined;
};

test('any JSON value comes back as it was sent', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 10 }), (value) => {
      const text = JSON.stringify(value);
      const plain = !/\\ud[89a-f]|__proto__|constructor/i.test(text);
      if (plain) expect(parse(text)).toEqual(JSON.parse(text));
    }),
    { numRuns: 500 },
  );
});

test('any bytes give a value or a refusal', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      try {
        parseJsonBody(Buffer.from(bytes));
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(HttpError);
      }
    }),
    { numRuns: 1000 },
  );
});

test('H10: nesting is allowed to a depth, and brackets in texts do not count', () => {
  expect(why('['.repeat(maxDepth) + ']'.repeat(maxDepth))).toBeUndefined();
  expect(why('['.repeat(maxDepth + 1) + ']'.repeat(maxDepth + 1))).toContain(`deeper than ${maxDepth}`);
  expect(why('['.repeat(200_000))).toContain(`deeper than ${maxDepth}`);
  expect(why(JSON.stringify('[{"\\'.repeat(500)))).toBeUndefined();
});

test('H10: a body of a million keys is refused before it is parsed', () => {
  const keys = Array.from({ length: 1_000_000 }, (_, at) => `"k${at}":1`).join();
  expect(why(`{${keys}}`)).toContain(`more than ${maxValues} values`);
});

test('H10: a key may come once in an object, however it is spelt', () => {
  expect(why('{"a":1,"b":{"a":1}}')).toBeUndefined();
  expect(why('{"a":1,"\\u0061":2}')).toContain('same key twice');
  expect(why('[{"a":{"b":1,"b":2}}]')).toContain('same key twice');
});

test('H11: keys that reach for prototypes are refused at any depth, as values they are words', () => {
  expect(why('{"a":[{"__proto__":1}]}')).toContain('"__proto__"');
  expect(why('{"\\u005f_proto__":1}')).toContain('"__proto__"');
  expect(why('{"constructor":1}')).toContain('"constructor"');
  expect(parse('{"a":"__proto__","b":"constructor"}')).toEqual({ a: '__proto__', b: 'constructor' });
});

test('H09: texts are whole characters', () => {
  expect(parse('"\\ud83d\\ude00"')).toBe('😀');
  expect(why('"\\ud83d"')).toContain('surrogate');
  expect(why('{"\\ude00":1}')).toContain('surrogate');
  expect(parse('"\\\\ud83d"')).toBe('\\ud83d');
});

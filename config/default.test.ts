import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { type ParseError, parse } from 'jsonc-parser';
import { variables } from './environment.js';
import { keys } from './keys.js';
import { valueAt } from './loaded-config.js';
import { schema } from './schema.js';

const text = readFileSync(new URL('./default.jsonc', import.meta.url), 'utf8');
const read = (jsonc: string) => {
  const errors: ParseError[] = [];
  const value: unknown = parse(jsonc, errors, { allowTrailingComma: true });
  expect(errors).toEqual([]);
  return value;
};

test('the default file sets every key that has a default to it, and no other', () => {
  const file = read(text);
  for (const { key, byDefault } of keys.values()) expect({ key, value: valueAt(file, key) }).toEqual({ key, value: byDefault });
  expect(schema.safeParse(file)).toMatchObject({ success: true });
});

test('with its commented lines it names every key there is, each with a value that is allowed', () => {
  const file = read(text.replaceAll(/^( *)\/\/ (?="\w+":)/gm, '$1'));
  expect([...keys.keys()].filter((key) => valueAt(file, key) === undefined)).toEqual([]);
  expect(schema.safeParse(file)).toMatchObject({ success: true });
});

test('it names every variable, and each is for a key there is', () => {
  for (const [name, key] of variables) {
    if (!name.endsWith('_FILE')) expect(text).toContain(name);
    expect([...keys.keys()]).toContain(key);
  }
});

test('every key says what it is for and what it takes', () => {
  for (const { key, doc, expected } of keys.values())
    expect({ key, doc, expected }).toEqual({ key, doc: expect.stringMatching(/\S.+/), expected: expect.any(String) });
});

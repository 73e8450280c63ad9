import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { checkSettings, sentenceOf } from './settings-check.js';

const json = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: { key: { type: 'string', maxLength: 3 }, units: { enum: ['km', 'mi'], default: 'km' } },
  required: ['key'],
  additionalProperties: false,
};
const zod = z.object({ key: z.string().max(3), units: z.enum(['km', 'mi']).default('km') });

test.each([
  [json, { key: 'abc' }],
  [zod, { key: 'abc' }],
])('%# what is right is completed', async (schema, settings) => {
  expect(await checkSettings(schema, settings)).toEqual({ issues: [], values: { key: 'abc', units: 'km' } });
  expect(settings).toEqual({ key: 'abc' });
});

test.each([
  [json, { key: 'a secret' }, 'plugins.settings.x.key: must NOT have more than 3 characters'],
  [zod, { key: 'a secret' }, 'plugins.settings.x.key: Too big: expected string to have <=3 characters'],
  [json, {}, 'plugins.settings.x.key: is missing, and has to be given'],
  [zod, {}, 'plugins.settings.x.key: Invalid input: expected string, received undefined'],
  [json, { key: '', units: 'a secret' }, 'plugins.settings.x.units: must be one of "km", "mi"'],
  [json, { key: '', unit: 'a secret' }, 'plugins.settings.x.unit: is no setting that there is; did you mean "units"?'],
  [{ type: 'nonsense' }, {}, expect.stringContaining('plugins.settings.x: the schema cannot be used: ')],
])('%# P10: what is wrong is said with its place, and without the value', async (schema, settings, sentence) => {
  const { issues } = await checkSettings(schema, settings);
  expect(issues.map((each) => sentenceOf('x', each))).toEqual([sentence]);
});

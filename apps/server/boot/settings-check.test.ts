import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { settingsProblem } from './settings-check.js';

const json = { type: 'object', properties: { key: { type: 'string', maxLength: 3 } }, required: ['key'] };
const zod = z.object({ key: z.string().max(3) });

test.each([
  [undefined, {}, undefined],
  [json, { key: 'abc' }, undefined],
  [zod, { key: 'abc' }, undefined],
  [json, { key: 'a secret' }, 'its settings are not as it declares them: plugins.settings.x.key: must NOT have more than 3 characters'],
  [
    zod,
    { key: 'a secret' },
    'its settings are not as it declares them: plugins.settings.x.key: Too big: expected string to have <=3 characters',
  ],
  [json, {}, "its settings are not as it declares them: plugins.settings.x: must have required property 'key'"],
  [zod, {}, 'its settings are not as it declares them: plugins.settings.x.key: Invalid input: expected string, received undefined'],
])('%# P10: what is wrong is said with its place, and without the value', async (schema, settings, problem) => {
  expect(await settingsProblem('x', schema, settings)).toBe(problem);
});

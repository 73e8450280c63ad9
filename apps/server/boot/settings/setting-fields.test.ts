import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { fieldsOf, shapeOf } from './setting-fields.js';

test('each property of a schema is a field of the kind that it calls for', () => {
  const schema = {
    type: 'object',
    properties: {
      apiKey: { type: 'string', secret: true, default: 'never shown' },
      password: { type: 'string', format: 'password' },
      city: { type: 'string', title: 'Town', description: 'Where it is looked at.' },
      units: { enum: ['km', 'mi'], default: 'km' },
      loud: { type: 'boolean' },
      count: { type: 'integer', minimum: 1, maximum: 9 },
      names: { type: 'array', items: { type: 'string' } },
      proxy: { type: 'object', properties: { token: { type: 'string', secret: true } } },
    },
    required: ['city', 'units'],
  };
  const plain = { required: false, secret: false };
  expect(fieldsOf(shapeOf(schema))).toEqual([
    { ...plain, key: 'apiKey', label: 'Api key', kind: 'text', secret: true },
    { ...plain, key: 'password', label: 'Password', kind: 'text', secret: true },
    { ...plain, key: 'city', label: 'Town', description: 'Where it is looked at.', kind: 'text', required: true },
    { ...plain, key: 'units', label: 'Units', kind: 'choice', options: ['km', 'mi'], default: 'km' },
    { ...plain, key: 'loud', label: 'Loud', kind: 'flag' },
    { ...plain, key: 'count', label: 'Count', kind: 'number', min: 1, max: 9, step: 1 },
    { ...plain, key: 'names', label: 'Names', kind: 'list' },
    { ...plain, key: 'proxy', label: 'Proxy', kind: 'json', secret: true },
  ]);
});

test('a schema of zod is read the same way, with what its meta says', () => {
  const schema = z.strictObject({
    token: z.string().min(3).meta({ secret: true, description: 'Of the service.' }).optional(),
    count: z.number().int().min(1).default(3),
  });
  expect(fieldsOf(shapeOf(schema))).toEqual([
    { key: 'token', label: 'Token', description: 'Of the service.', kind: 'text', required: false, secret: true },
    { key: 'count', label: 'Count', kind: 'number', min: 1, step: 1, required: false, secret: false, default: 3 },
  ]);
  expect(fieldsOf(shapeOf({ safeParse: () => ({ success: true }) }))).toEqual([]);
});

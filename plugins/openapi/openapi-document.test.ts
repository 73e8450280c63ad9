import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { openRoute, type Route, route } from '../transport-http/contract.js';
import { openApiDocument } from './openapi-document.js';
import type { Operation } from './operation.js';

const handle = (): never => {
  throw new Error('nobody asks it');
};
const of = (...routes: Route[]) => openApiDocument(routes);
const operation = (one: Route, path = one.path) => of(one).paths[path]?.[one.method.toLowerCase()] as Operation;

describe('a route', () => {
  test('is told with all its parts', () => {
    const things = route({
      method: 'PUT',
      path: '/things/:id/parts/:part',
      summary: 'Sets a part',
      params: z.object({ id: z.string().regex(/^[a-z]+$/), part: z.coerce.number().int() }),
      query: z.object({
        since: z.string().regex(/^\d+$/).transform(Number).pipe(z.number().int().min(0)).optional(),
        kind: z.enum(['a', 'b']).default('a'),
        must: z.string(),
      }),
      body: z.strictObject({ name: z.string().transform((text) => text.trim()), size: z.number().optional() }),
      answer: z.object({ name: z.string(), size: z.number().optional() }),
      headers: { 'If-Thing': 'Only when it is so' },
      errors: [409, 404],
      handle: () => ({ name: '' }),
    });
    expect(operation(things, '/things/{id}/parts/{part}')).toEqual({
      operationId: 'putThingsByIdPartsByPart',
      summary: 'Sets a part',
      tags: ['things'],
      parameters: [
        { name: 'id', in: 'path', required: true, schema: { type: 'string', pattern: '^[a-z]+$' } },
        { name: 'part', in: 'path', required: true, schema: expect.objectContaining({ type: 'integer' }) },
        { name: 'since', in: 'query', required: false, schema: expect.objectContaining({ type: 'integer', minimum: 0 }) },
        { name: 'kind', in: 'query', required: false, schema: { type: 'string', enum: ['a', 'b'], default: 'a' } },
        { name: 'must', in: 'query', required: true, schema: { type: 'string' } },
        { name: 'If-Thing', in: 'header', required: false, description: 'Only when it is so', schema: { type: 'string' } },
      ],
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: {
              type: 'object',
              properties: { name: { type: 'string' }, size: { type: 'number' } },
              required: ['name'],
              additionalProperties: false,
            },
          },
        },
      },
      responses: {
        '200': {
          description: 'What was asked for',
          content: {
            'application/json': {
              schema: { type: 'object', properties: { name: { type: 'string' }, size: { type: 'number' } }, required: ['name'] },
            },
          },
        },
        ...Object.fromEntries([400, 404, 409, 413, 415].map((status) => [status, { $ref: `#/components/responses/Error${status}` }])),
        default: { $ref: '#/components/responses/Error' },
      },
    });
  });

  test('without schemas, such as one of plain JavaScript, is told all the same', () => {
    const plain = { method: 'GET', path: '/dice/:sides', summary: 'Rolls', handle } as Route;
    const odd = { ...plain, path: '/odd', query: { safeParse: () => ({ success: true }) }, answer: {} } as unknown as Route;
    expect(operation(plain, '/dice/{sides}')).toMatchObject({
      parameters: [{ name: 'sides', in: 'path', required: true, schema: { type: 'string' } }],
      responses: { '200': { content: { 'application/json': { schema: {} } } } },
    });
    expect(operation(odd).parameters).toBeUndefined();
  });

  test('that answers lines or no JSON says so, and one for everybody needs no token', () => {
    const line = z.object({ type: z.string() }).meta({ id: 'Line' });
    const lines = route({ method: 'POST', path: '/lines', summary: '', media: 'application/x-ndjson', answer: line, handle });
    const page = openRoute(route({ method: 'GET', path: '/page', summary: '', media: 'text/html', handle }));
    const picture = route({ method: 'GET', path: '/picture', summary: '', media: 'image/png', handle });
    expect(operation(lines).responses['200']).toMatchObject({
      content: { 'application/x-ndjson': { schema: { $ref: '#/components/schemas/Line' } } },
    });
    expect(operation(page)).toMatchObject({
      security: [],
      responses: { '200': { content: { 'text/html': { schema: { type: 'string' } } } } },
    });
    expect(operation(picture).responses['200']).toMatchObject({ content: { 'image/png': { schema: {} } } });
    expect(operation(picture)).not.toHaveProperty('security');
  });
});

describe('paths', () => {
  const at = (method: Route['method'], path: string) => ({ method, path, summary: '', handle }) as Route;

  test('that differ only in the names of their parameters are one path', () => {
    const params = z.object({ other: z.enum(['x']) });
    const { paths } = of(at('GET', '/a/:id'), { ...at('PUT', '/a/:other'), params });
    expect(Object.keys(paths)).toEqual(['/a/{id}']);
    expect(paths['/a/{id}']?.put?.parameters).toEqual([
      { name: 'id', in: 'path', required: true, schema: { type: 'string', enum: ['x'] } },
    ]);
  });

  test('have an operation id of their own each', () => {
    const { paths } = of(at('GET', '/a-b'), at('GET', '/a/b'), at('GET', '/'), at('GET', '/openapi.json'));
    expect(Object.values(paths).map(({ get }) => get?.operationId)).toEqual(['get', 'getAB', 'getAB2', 'getOpenapiJson']);
  });
});

describe('named schemas', () => {
  const schemasOf = (...answers: z.ZodType[]) =>
    of(...answers.map((answer, i) => route({ method: 'GET', path: `/${i}`, summary: '', answer, handle }))).components.schemas;

  test('stand once, wherever they are used', () => {
    const part = z.object({ a: z.string() }).meta({ id: 'Part' });
    const schemas = schemasOf(z.array(part), z.object({ part, more: z.array(part) }).meta({ id: 'Whole' }));
    expect(Object.keys(schemas)).toEqual(['ErrorBody', 'Part', 'Whole']);
    expect(schemas.Whole).toMatchObject({
      properties: { part: { $ref: '#/components/schemas/Part' }, more: { items: { $ref: '#/components/schemas/Part' } } },
    });
  });

  test('of one name that differ, also only in what they refer to, are told apart', () => {
    const inner = (type: z.ZodType) => z.object({ a: type }).meta({ id: 'Inner' });
    const outer = (type: z.ZodType) => z.object({ inner: inner(type) }).meta({ id: 'Outer' });
    const schemas = schemasOf(outer(z.string()), outer(z.number()), outer(z.string()));
    expect(Object.keys(schemas)).toEqual(['ErrorBody', 'Inner', 'Inner2', 'Outer', 'Outer2']);
    expect(schemas.Outer2).toMatchObject({ properties: { inner: { $ref: '#/components/schemas/Inner2' } } });
  });

  test('as a client sends them and as it gets them may differ', () => {
    const both = z.object({ a: z.string().default('x') }).meta({ id: 'Both' });
    const { components } = of(route({ method: 'PUT', path: '/x', summary: '', body: both, answer: both, handle: () => ({ a: '' }) }));
    expect(Object.keys(components.schemas)).toEqual(['Both', 'Both2', 'ErrorBody']);
  });

  test('that contain themselves are given a name where they have none', () => {
    const tree = z.object({
      name: z.string(),
      get children() {
        return z.array(tree);
      },
    });
    const inside = z.object({ tree });
    expect(schemasOf(tree)).toMatchObject({
      get0Answer: { properties: { children: { items: { $ref: '#/components/schemas/get0Answer' } } } },
    });
    expect(JSON.stringify(schemasOf(inside))).toContain('"#/components/schemas/get0AnswerPart0"');
  });
});

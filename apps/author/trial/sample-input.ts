import { Ajv } from 'ajv';
import type { JsonSchema } from 'dispatch/kernel';

/** Inputs that a schema takes, from the plainest on; its own `examples` where it has any. Empty when none could be made. */
export function fittingInputs(schema: JsonSchema): unknown[] {
  const { examples } = schema;
  const made = Array.isArray(examples) && examples.length > 0 ? examples : [sample(schema, false), sample(schema, true)];
  const fits = new Ajv({ strict: false }).compile(schema);
  const distinct = [...new Map(made.map((each) => [JSON.stringify(each), each])).values()];
  return distinct.filter((each) => fits(each));
}

/** Inputs that no tool expects. */
export function oddInputs(schema: JsonSchema): unknown[] {
  const names = Object.keys((schema.properties ?? {}) as object);
  const each = (value: unknown) => Object.fromEntries(names.map((name) => [name, value]));
  const deep = Array.from({ length: 200 }).reduce<unknown>((inner) => ({ inner }), 'x');
  return [
    {},
    null,
    [],
    'text',
    7,
    { __proto__: null, unexpected: true },
    deep,
    each(null),
    each(-1),
    each({}),
    each('x'.repeat(100_000)),
    each('\u0000../../\ud800'),
  ];
}

interface Part extends JsonSchema {
  type?: string | string[];
  properties?: Record<string, Part>;
  required?: string[];
  items?: Part;
  enum?: unknown[];
  anyOf?: Part[];
  oneOf?: Part[];
  minLength?: number;
  minItems?: number;
  minimum?: number;
  exclusiveMinimum?: number;
  format?: string;
}

/** A value for a schema; `all`: with what need not be there. */
function sample(schema: Part, all: boolean): unknown {
  for (const given of [schema.const, schema.default, Array.isArray(schema.examples) ? schema.examples[0] : undefined, schema.enum?.[0]])
    if (given !== undefined) return given;
  const choice = schema.anyOf?.[0] ?? schema.oneOf?.[0];
  if (choice) return sample({ ...choice }, all);
  switch ([schema.type ?? (schema.properties ? 'object' : 'string')].flat()[0]) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(([name]) => all || schema.required?.includes(name))
          .map(([name, part]) => [name, sample(part, all)]),
      );
    case 'array':
      return Array.from({ length: Math.max(schema.minItems ?? 0, all ? 1 : 0) }, () => sample(schema.items ?? {}, all));
    case 'integer':
    case 'number':
      return schema.minimum ?? (schema.exclusiveMinimum === undefined ? 1 : schema.exclusiveMinimum + 1);
    case 'boolean':
      return all;
    case 'null':
      return null;
    default:
      return formats[schema.format ?? ''] ?? 'x'.repeat(Math.max(schema.minLength ?? 1, 1));
  }
}

const formats: Readonly<Record<string, string>> = {
  date: '2026-01-31',
  'date-time': '2026-01-31T12:00:00Z',
  email: 'ada@example.com',
  uri: 'http://127.0.0.1:9/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

import { Ajv } from 'ajv';

/** Where settings are wrong, and what would be right; never what they are. */
export interface Issue {
  path: readonly PropertyKey[];
  message: string;
}

/** The first thing that a JSON Schema finds wrong. Throws for a schema that is none. */
export function jsonSchemaIssue(schema: object, value: unknown): Issue | undefined {
  const validate = new Ajv({ strict: false }).compile(schema);
  if (validate(value)) return undefined;
  const { instancePath = '', message = 'not as it should be', params = {} } = validate.errors?.[0] ?? {};
  const extra = typeof params.additionalProperty === 'string' ? ` ("${params.additionalProperty}")` : '';
  return { path: instancePath.split('/').slice(1), message: message + extra };
}

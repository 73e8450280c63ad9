import { Ajv, type ErrorObject } from 'ajv';
import type { JsonSchema } from 'dispatch/kernel';

const ajv = new Ajv({ allErrors: true, strict: false });

/** Compiles a schema to a function that says what is wrong with a value. Throws when the schema itself is broken. */
export function schemaCheck(schema: JsonSchema): (value: unknown) => string | undefined {
  const validate = ajv.compile(schema);
  return (value) => (validate(value) ? undefined : (validate.errors ?? []).map(sentence).join('; '));
}

function sentence({ instancePath, message = 'is wrong', params }: ErrorObject): string {
  const extra = typeof params.additionalProperty === 'string' ? ` ("${params.additionalProperty}")` : '';
  return `${instancePath === '' ? 'it' : `"${instancePath.slice(1)}"`} ${message}${extra}`;
}

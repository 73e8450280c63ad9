import { Ajv, type ErrorObject } from 'ajv';
import { nearest } from 'dispatch/kernel';
import type { Checked, Issue } from './checked.js';

/** What a JSON Schema finds wrong, all of it, and the value with its defaults filled in. Throws for a schema that is none. */
export function checkedByJsonSchema(schema: object, value: unknown): Checked {
  const { $schema: _, $id: __, ...own } = schema as Record<string, unknown>;
  const completed: unknown = structuredClone(value);
  const ajv = new Ajv({ strict: false, allErrors: true, useDefaults: true, validateFormats: false, logger: false });
  const validate = ajv.compile(own);
  return validate(completed) ? { issues: [], values: completed } : { issues: (validate.errors ?? []).map((each) => issueOf(each, own)) };
}

function issueOf({ instancePath, keyword, message = 'is not as it should be', params }: ErrorObject, schema: object): Issue {
  const path = instancePath.split('/').slice(1).map(unescaped);
  const { missingProperty, additionalProperty, allowedValues } = params as Record<string, unknown>;
  if (keyword === 'required') return { path: [...path, String(missingProperty)], message: 'is missing, and has to be given' };
  if (keyword === 'enum')
    return { path, message: `must be one of ${(allowedValues as unknown[]).map((each) => JSON.stringify(each)).join(', ')}` };
  if (keyword !== 'additionalProperties') return { path, message };
  const names = path.length === 0 ? Object.keys((schema as { properties?: object }).properties ?? {}) : [];
  const [near] = nearest(String(additionalProperty).slice(0, 64), names, 1);
  return {
    path: [...path, String(additionalProperty)],
    message: `is no setting that there is${near === undefined ? '' : `; did you mean "${near}"?`}`,
  };
}

const unescaped = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~');

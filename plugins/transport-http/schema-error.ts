import type { ZodType } from 'zod';
import { HttpError } from './contract.js';

/** Checks one part of a request. Throws 400 `bad_schema` with a sentence that names the first field that is wrong. */
export function checked(schema: ZodType, value: unknown, part: 'path' | 'query' | 'body'): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const details = result.error.issues.map(({ path, message }) => ({ field: fieldName(part, path), problem: message }));
  const [first] = details;
  throw new HttpError(400, `${first?.field ?? part}: ${first?.problem ?? 'not as it should be'}`, {
    code: 'bad_schema',
    details: details.slice(0, 20),
  });
}

const fieldName = (part: string, path: readonly PropertyKey[]): string =>
  path.reduce<string>((name, key) => (typeof key === 'number' ? `${name}[${key}]` : `${name}.${String(key)}`), part);

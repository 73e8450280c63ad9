import type * as z from 'zod';
import type { Components, JsonSchema } from './components.js';
import type { NamedPath } from './path-names.js';

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  description?: string;
  required: boolean;
  schema: JsonSchema;
}

/** The parts of the path. */
export function pathParameters({ route, parameters, operationId }: NamedPath, components: Components): Parameter[] {
  const known = route.params ? membersOf(route.params, components, `${operationId}Path`) : {};
  return [...parameters].map(([name, own]) => ({ name, in: 'path', required: true, schema: known[own]?.schema ?? { type: 'string' } }));
}

export function queryParameters({ route, operationId }: NamedPath, components: Components): Parameter[] {
  const known = route.query ? membersOf(route.query, components, `${operationId}Query`) : {};
  return Object.entries(known).map(([name, { schema, required }]) => ({ name, in: 'query', required, schema }));
}

export const headerParameters = ({ route }: NamedPath): Parameter[] =>
  Object.entries(route.headers ?? {}).map(([name, description]) => ({
    ...{ name, in: 'header', required: false, description },
    schema: { type: 'string' },
  }));

/** All values arrive as text; one that becomes a number or a flag is described as that. */
function membersOf(schema: z.ZodType, components: Components, fallback: string): Record<string, { schema: JsonSchema; required: boolean }> {
  const given = components.members(schema, 'input', fallback);
  const taken = components.members(schema, 'output', fallback);
  if (!given) return {};
  const members = Object.entries(given.properties).map(([name, sent]) => {
    const kept = taken?.properties[name];
    const plain = ['integer', 'number', 'boolean'].includes(String(kept?.type));
    return [name, { schema: plain && kept ? kept : sent, required: given.required.includes(name) }] as const;
  });
  return Object.fromEntries(members);
}

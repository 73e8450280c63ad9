import type { ErrorBody } from 'dispatch/wire';
import * as z from 'zod';
import { type Route, wire } from '../transport-http/contract.js';
import { Components, type JsonSchema } from './components.js';
import { ErrorAnswers } from './error-answers.js';
import { type Operation, operationOf } from './operation.js';
import { type NamedPath, namedPaths } from './path-names.js';

export interface OpenApiDocument {
  openapi: '3.1.0';
  info: { title: string; version: string; description: string };
  servers: { url: string }[];
  security: Record<string, string[]>[];
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, JsonSchema>;
    responses: Record<string, unknown>;
    securitySchemes: Record<string, unknown>;
  };
}

const errorBody = wire<ErrorBody>('ErrorBody')(
  z.object({
    error: z.string().meta({ description: 'What is wrong and what would be right' }),
    code: z.string().optional(),
    details: z.unknown().optional(),
  }),
);

const description = `The HTTP interface of this Dispatch server, with whatever its plugins add. Answers that are no success
have the shape \`ErrorBody\`. What events a turn has stands with \`POST /chat\`: one JSON object a line.`;

const bearer = {
  type: 'http',
  scheme: 'bearer',
  description: 'The server’s token. Not needed by the user that the server runs as, on the same machine.',
};

/** The document of these routes. Pure. */
export function openApiDocument(routes: readonly Route[]): OpenApiDocument {
  const components = new Components();
  const errors = new ErrorAnswers(components.reference(errorBody, 'output', 'ErrorBody'));
  const paths: OpenApiDocument['paths'] = {};
  for (const named of [...namedPaths(routes)].sort(byPath)) {
    const operation = operationOf(named, components, errors);
    paths[named.path] = { ...paths[named.path], [named.route.method.toLowerCase()]: operation };
  }
  const tags = [...new Set(Object.values(paths).flatMap((each) => Object.values(each).flatMap((operation) => operation.tags)))];
  return {
    openapi: '3.1.0',
    info: { title: 'Dispatch', version: '1.0.0', description },
    servers: [{ url: '/' }],
    security: [{}, { bearer: [] }],
    tags: tags.map((name) => ({ name })),
    paths,
    components: { schemas: components.schemas(), responses: errors.responses(), securitySchemes: { bearer } },
  };
}

const byPath = (a: NamedPath, b: NamedPath): number => (a.path < b.path ? -1 : Number(a.path > b.path));

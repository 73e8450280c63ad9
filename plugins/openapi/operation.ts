import { isOpenRoute, type Route } from '../transport-http/contract.js';
import type { Components, JsonSchema } from './components.js';
import type { ErrorAnswers } from './error-answers.js';
import { headerParameters, type Parameter, pathParameters, queryParameters } from './parameters.js';
import type { NamedPath } from './path-names.js';

export interface Operation {
  operationId: string;
  summary: string;
  tags: string[];
  parameters?: Parameter[];
  requestBody?: { required: boolean; content: Record<string, { schema: JsonSchema }> };
  responses: Record<string, unknown>;
  security?: [];
}

/** What the document says of one route. */
export function operationOf(named: NamedPath, components: Components, errors: ErrorAnswers): Operation {
  const { route, operationId } = named;
  const parameters = [...pathParameters(named, components), ...queryParameters(named, components), ...headerParameters(named)];
  const statuses = [...impliedErrors(route, parameters.length > 0), ...(route.errors ?? [])];
  return {
    operationId,
    summary: route.summary,
    tags: [route.path.split('/')[1] || 'server'],
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && {
      requestBody: {
        required: route.bodyOptional !== true,
        content: { 'application/json': { schema: components.reference(route.body, 'input', `${operationId}Body`) } },
      },
    }),
    responses: { '200': success(named, components), ...errors.of(statuses) },
    ...(isOpenRoute(route) && { security: [] }),
  };
}

/** What can be wrong with any request that has such parts. */
const impliedErrors = ({ body, bodyOptional }: Route, hasParameters: boolean): number[] => [
  ...(hasParameters || body || bodyOptional ? [400] : []),
  ...(body || bodyOptional ? [413, 415] : []),
];

function success({ route, operationId }: NamedPath, components: Components) {
  const { media = 'application/json', answer } = route;
  if (answer) {
    const description = media === 'application/x-ndjson' ? 'JSON objects, one a line, each as they happen' : 'What was asked for';
    return { description, content: { [media]: { schema: components.reference(answer, 'output', `${operationId}Answer`) } } };
  }
  const schema = media.startsWith('text/') ? { type: 'string' } : {};
  return { description: 'What was asked for', content: { [media]: { schema } } };
}

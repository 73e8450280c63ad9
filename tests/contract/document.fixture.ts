import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020.js';

export type JsonSchema = { [key: string]: unknown };

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  schema: JsonSchema;
}
type Content = Record<string, { schema: JsonSchema }>;

/** One operation of the document, as a client that knows nothing else reads it. */
export interface Operation {
  operationId: string;
  summary: string;
  method: string;
  path: string;
  parameters: readonly Parameter[];
  body?: { required: boolean; schema: JsonSchema };
  /** Media type and schema of the 200 answer. */
  answer: { media: string; schema: JsonSchema };
  /** The other statuses that are named. */
  errors: readonly number[];
}

interface RawOperation {
  operationId: string;
  summary: string;
  parameters?: Parameter[];
  requestBody?: { required: boolean; content: Content };
  responses: Record<string, { content: Content }>;
}
export interface RawDocument {
  openapi: string;
  paths: Record<string, Record<string, RawOperation>>;
  components: { schemas: Record<string, JsonSchema>; responses: Record<string, unknown> };
}

/** The document at `/openapi.json`, read back. */
export class ReadDocument {
  readonly operations: readonly Operation[];
  private readonly ajv = new Ajv2020.default({ strict: false, allErrors: true });
  private readonly made = new Map<string, ValidateFunction>();

  constructor(readonly raw: RawDocument) {
    this.operations = Object.entries(raw.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, each]) => {
        const [media, { schema }] = Object.entries(each.responses['200']?.content ?? {})[0] ?? ['none', { schema: {} }];
        const body = each.requestBody && {
          required: each.requestBody.required,
          schema: each.requestBody.content['application/json']?.schema ?? {},
        };
        const errors = Object.keys(each.responses).filter((status) => !['200', 'default'].includes(status));
        const { operationId, summary, parameters = [] } = each;
        return {
          operationId,
          summary,
          method: method.toUpperCase(),
          path,
          parameters,
          body,
          answer: { media, schema },
          errors: errors.map(Number),
        };
      }),
    );
    this.ajv.addSchema({ $id: 'open', components: raw.components });
    this.ajv.addSchema({ $id: 'closed', components: closed(raw.components) });
  }

  named(operationId: string): Operation {
    const found = this.operations.find((each) => each.operationId === operationId);
    if (!found) throw new Error(`the document has no operation ${operationId}`);
    return found;
  }

  /** What a schema stands for. */
  resolved(schema: JsonSchema): JsonSchema {
    const name = typeof schema.$ref === 'string' ? schema.$ref.replace('#/components/schemas/', '') : undefined;
    return name === undefined ? schema : this.resolved(this.raw.components.schemas[name] ?? {});
  }

  fits(schema: JsonSchema, value: unknown): boolean {
    return this.validator('open', schema)(value);
  }

  /** What is wrong with an answer; also what it holds and the document does not tell. */
  faults(schema: JsonSchema, value: unknown): string[] {
    const validate = this.validator('closed', closed(schema) as JsonSchema);
    return validate(value)
      ? []
      : (validate.errors ?? []).map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
  }

  private validator(form: 'open' | 'closed', schema: JsonSchema): ValidateFunction {
    const text = JSON.stringify(schema).replaceAll('"#/components/', `"${form}#/components/`);
    const known = this.made.get(text) ?? this.ajv.compile(JSON.parse(text) as JsonSchema);
    this.made.set(text, known);
    return known;
  }
}

/** The same with every object closed that does not say otherwise. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== 'object') return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  const isObject = copy.type === 'object' && typeof copy.properties === 'object' && copy.additionalProperties === undefined;
  return isObject ? { ...copy, additionalProperties: false } : copy;
}

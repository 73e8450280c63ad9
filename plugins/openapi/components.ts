import * as z from 'zod';

/** A JSON Schema of draft 2020-12, as OpenAPI 3.1 has it. */
export type JsonSchema = { [key: string]: unknown };
/** `input`: what a client sends. `output`: what it gets. */
export type Direction = 'input' | 'output';

const local = '#/$defs/';

/** Turns schemas into JSON Schema, and keeps those that have a name (`schema.meta({ id })`) apart, each once. */
export class Components {
  private readonly kept = new Map<string, { print: string; schema: JsonSchema }>();

  /** The schema, or a reference to it where it has a name. `fallback` names what must have one and has none. */
  reference(schema: z.ZodType, direction: Direction, fallback: string): JsonSchema {
    const { root, parts } = raw(schema, direction, fallback);
    return this.moved(root, this.keep(parts, direction, fallback));
  }

  /** The members of an object schema, and which of them must be there; undefined for what is no object. */
  members(
    schema: z.ZodType,
    direction: Direction,
    fallback: string,
  ): { properties: Record<string, JsonSchema>; required: readonly string[] } | undefined {
    const { root, parts } = raw(schema, direction, fallback);
    const name = typeof root.$ref === 'string' ? root.$ref.slice(local.length) : undefined;
    const { [name ?? '']: object = root, ...others } = parts;
    if (typeof object.properties !== 'object') return undefined;
    const names = this.keep(others, direction, fallback);
    const properties = Object.entries(object.properties as Record<string, JsonSchema>);
    return {
      properties: Object.fromEntries(properties.map(([key, value]) => [key, this.moved(value, names)])),
      required: (object.required as string[] | undefined) ?? [],
    };
  }

  /** All that have a name, in the order of their names. */
  schemas(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.kept].map(([name, { schema }]) => [name, schema] as const).sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Finds each part its name in the document. Two of one name that differ, such as of two plugins, become two. */
  private keep(parts: Record<string, JsonSchema>, direction: Direction, fallback: string): ReadonlyMap<string, string> {
    const names = new Map<string, string>();
    for (const key of Object.keys(parts)) {
      const print = printOf(key, parts);
      const wanted = key.startsWith('__schema') ? `${fallback}Part${key.slice('__schema'.length)}` : key.replace(/[^A-Za-z0-9._-]/g, '_');
      const candidates = [wanted, ...(direction === 'input' ? [`${wanted}Input`] : [])];
      const free = (name: string) => (this.kept.get(name)?.print ?? print) === print;
      let name = candidates.find(free);
      for (let i = 2; name === undefined; i++) name = free(`${wanted}${i}`) ? `${wanted}${i}` : undefined;
      if (!this.kept.has(name)) this.kept.set(name, { print, schema: {} });
      names.set(key, name);
    }
    for (const [key, name] of names) (this.kept.get(name) as { schema: JsonSchema }).schema = this.moved(parts[key] as JsonSchema, names);
    return names;
  }

  /** With its references to parts become references to components. */
  private moved(schema: JsonSchema, names: ReadonlyMap<string, string>): JsonSchema {
    return JSON.parse(JSON.stringify(schema), (key, value) =>
      key === '$ref' && typeof value === 'string' && value.startsWith(local)
        ? `#/components/schemas/${names.get(value.slice(local.length))}`
        : value,
    ) as JsonSchema;
  }
}

/** A schema in parts that refer to each other. */
function raw(schema: z.ZodType, direction: Direction, fallback: string): { root: JsonSchema; parts: Record<string, JsonSchema> } {
  let made: JsonSchema;
  try {
    made = z.toJSONSchema(schema, {
      target: 'draft-2020-12',
      io: direction,
      unrepresentable: 'any',
      // Members may be added to answers: whoever reads them must not refuse what is new.
      override: ({ jsonSchema }) => {
        if (direction === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      },
    }) as JsonSchema;
  } catch {
    return { root: {}, parts: {} }; // of a plugin that checks with something else: anything may stand here
  }
  const { $schema, $defs = {}, ...root } = made;
  const parts = $defs as Record<string, JsonSchema>;
  if (!JSON.stringify(made).includes('"$ref":"#"')) return { root, parts };
  const named = JSON.parse(JSON.stringify({ ...parts, [fallback]: root }).replaceAll('"$ref":"#"', `"$ref":"${local}${fallback}"`));
  return { root: { $ref: local + fallback }, parts: named };
}

/** What a part says, with all it refers to: equal for equal parts. */
function printOf(key: string, parts: Record<string, JsonSchema>): string {
  const seen = new Set([key]);
  for (const each of seen)
    for (const [, name] of JSON.stringify(parts[each]).matchAll(/"#\/\$defs\/([^"]+)"/g)) if (name && parts[name]) seen.add(name);
  return JSON.stringify([...seen].sort().map((each) => [each, parts[each]]));
}

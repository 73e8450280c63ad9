import type { Issue } from './json-schema-issue.js';

interface ZodLike {
  safeParse(value: unknown): { success: boolean; error?: { issues: readonly Issue[] } };
}

/**
 * What is wrong with the settings of a plugin, by the schema that it declares (JSON Schema, or one of zod). Says where,
 * never what the value is: it may be a secret.
 */
export async function settingsProblem(id: string, schema: object | undefined, settings: unknown): Promise<string | undefined> {
  if (schema === undefined) return undefined;
  const issue = 'safeParse' in schema ? ofZod(schema as ZodLike, settings) : await ofJsonSchema(schema, settings);
  if (!issue) return undefined;
  return `its settings are not as it declares them: ${['plugins.settings', id, ...issue.path.map(String)].join('.')}: ${issue.message}`;
}

function ofZod(schema: ZodLike, settings: unknown): Issue | undefined {
  return schema.safeParse(settings).error?.issues[0];
}

/** The validator is loaded when there is something to validate. */
async function ofJsonSchema(schema: object, settings: unknown): Promise<Issue | undefined> {
  const { jsonSchemaIssue } = await import('./json-schema-issue.js');
  return jsonSchemaIssue(schema, settings);
}

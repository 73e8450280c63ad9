import type { Checked, Issue } from './checked.js';

interface ZodLike {
  safeParse(value: unknown): { success: boolean; data?: unknown; error?: { issues: readonly Issue[] } };
}

/**
 * Checks the settings of a plugin by the schema that it declares: JSON Schema, or one of zod. Says where something is
 * wrong, never what the value is: it may be a secret. Never rejects: a schema that is none is an issue.
 */
export async function checkSettings(schema: object, settings: unknown): Promise<Checked> {
  try {
    if (isZod(schema)) {
      const { data, error } = schema.safeParse(settings);
      return { issues: error?.issues ?? [], values: data };
    }
    // the validator is loaded when there is something to validate
    const { checkedByJsonSchema } = await import('./json-schema-issue.js');
    return checkedByJsonSchema(schema, settings);
  } catch (thrown) {
    return { issues: [{ path: [], message: `the schema cannot be used: ${thrown instanceof Error ? thrown.message : thrown}` }] };
  }
}

export const isZod = (schema: object): schema is ZodLike => typeof (schema as Partial<ZodLike>).safeParse === 'function';

/** An issue as a sentence that names the setting. */
export const sentenceOf = (id: string, { path, message }: Issue): string =>
  `${['plugins.settings', id, ...path.map(String)].join('.')}: ${message}`;

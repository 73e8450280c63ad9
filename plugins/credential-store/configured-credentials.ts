import { type Credential, messageOf } from 'dispatch/kernel';
import * as z from 'zod';
import { checkedApiKey, checkedBaseURL } from './checked.js';

/** `apiKeyEnv` and `apiKeyFile` are not here: the configuration has put the key in its place. */
const Entry = z.strictObject({
  provider: z.string().min(1).default('openai-compat'),
  baseURL: z.string().optional(),
  apiKey: z.string().optional(),
  models: z.array(z.string().min(1)).optional(),
  defaultModel: z.string().min(1).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  maxConcurrent: z.number().int().min(0).optional(),
});

/**
 * The credentials of the `credentials` setting. One that cannot be used is left out, and told with its name and the
 * reason, never with its key.
 */
export function configuredCredentials(
  setting: unknown,
  plainHttpHosts: readonly string[],
  problem: (sentence: string) => void,
): Credential[] {
  if (setting === undefined || setting === null) return [];
  return Object.entries(setting as Record<string, unknown>).flatMap(([name, entry]) => {
    try {
      return [credential(name, entry, plainHttpHosts)];
    } catch (error) {
      problem(`credential "${name}" is left out: ${messageOf(error)}`);
      return [];
    }
  });
}

function credential(name: string, given: unknown, plainHttpHosts: readonly string[]): Credential {
  if (!/^[^/\s]+$/.test(name)) throw new Error('its name must be one word without "/"');
  const { apiKeyEnv, apiKeyFile } = (given ?? {}) as { apiKeyEnv?: unknown; apiKeyFile?: unknown };
  if (apiKeyEnv !== undefined) throw new Error(`the variable ${String(apiKeyEnv)}, named by its apiKeyEnv, is not set`);
  if (apiKeyFile !== undefined) throw new Error(`no key could be read from ${String(apiKeyFile)}, named by its apiKeyFile`);
  const checked = Entry.safeParse(given);
  if (!checked.success)
    throw new Error(checked.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`).join('; '));
  const { provider, baseURL, models, defaultModel, headers, maxConcurrent } = checked.data;
  const apiKey = checked.data.apiKey === undefined ? undefined : checkedApiKey(checked.data.apiKey);
  return {
    name,
    provider,
    ...(baseURL !== undefined && {
      baseURL: checkedBaseURL(baseURL, apiKey !== undefined || hasSecret(headers), plainHttpHosts),
    }),
    ...(apiKey !== undefined && { apiKey }),
    ...(models !== undefined && { models }),
    ...(defaultModel !== undefined && { defaultModel }),
    ...(headers !== undefined && { headers }),
    ...(maxConcurrent !== undefined && { maxConcurrent }),
  };
}

const hasSecret = (headers: Record<string, string> | undefined): boolean =>
  Object.keys(headers ?? {}).some((name) => /auth|key|token|secret|cookie/i.test(name));

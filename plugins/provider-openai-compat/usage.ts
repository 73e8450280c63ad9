import type { Usage } from 'dispatch/wire';

type Fields = Record<string, unknown>;
const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const count = (...values: unknown[]): number | undefined =>
  values.find((value): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0);

/**
 * Token counts in any of the spellings in use; undefined when there are none. A cache figure the provider did not give
 * stays absent. Where a provider counts in Anthropic's way (`input_tokens` without the cached part) it is added.
 */
export function usageFrom(given: unknown): Usage | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const usage = given as Fields;
  const prompt = fields(usage.prompt_tokens_details ?? usage.input_tokens_details);
  const read = count(
    prompt.cached_tokens,
    prompt.cache_read_tokens,
    usage.cache_read_tokens,
    usage.cached_tokens,
    usage.cache_read_input_tokens,
    usage.prompt_cache_hit_tokens,
  );
  const write = count(prompt.cache_write_tokens, prompt.cache_creation_tokens, usage.cache_write_tokens, usage.cache_creation_input_tokens);
  const bare = count(usage.input_tokens);
  const apart = count(usage.cache_read_input_tokens, 0)! + count(usage.cache_creation_input_tokens, 0)!;
  const input = count(usage.prompt_tokens, bare === undefined ? undefined : bare + apart);
  const output = count(usage.completion_tokens, usage.output_tokens);
  if (input === undefined && output === undefined) return undefined;
  return {
    inputTokens: input ?? 0,
    outputTokens: output ?? 0,
    ...(read !== undefined && { cacheReadTokens: read }),
    ...(write !== undefined && { cacheWriteTokens: write }),
  };
}

import type { Usage } from 'dispatch/wire';

type Fields = Record<string, unknown>;
const fields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const count = (...values: unknown[]): number | undefined =>
  values.find((value): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0);

/**
 * Token counts in any of the spellings in use; undefined when there are none. A cache figure the provider did not give
 * stays absent. Where a provider counts in Anthropic's way (`input_tokens` without the cached part) it is added; where it
 * gives only a total, that is the input. Several counts of one answer each say how it stands: what the latest leaves out
 * is as `before` has it.
 */
export function usageFrom(given: unknown, before?: Usage): Usage | undefined {
  if (typeof given !== 'object' || given === null) return before;
  const usage = given as Fields;
  const prompt = fields(usage.prompt_tokens_details ?? usage.input_tokens_details);
  const read = count(
    prompt.cached_tokens,
    prompt.cache_read_tokens,
    usage.cache_read_tokens,
    usage.cached_tokens,
    usage.cache_read_input_tokens,
    usage.prompt_cache_hit_tokens,
    before?.cacheReadTokens,
  );
  const write = count(
    prompt.cache_write_tokens,
    prompt.cache_creation_tokens,
    usage.cache_write_tokens,
    usage.cache_creation_input_tokens,
    before?.cacheWriteTokens,
  );
  const bare = count(usage.input_tokens);
  const apart = count(usage.cache_read_input_tokens, 0)! + count(usage.cache_creation_input_tokens, 0)!;
  const total = count(usage.total_tokens);
  const output = count(usage.completion_tokens, usage.output_tokens, before?.outputTokens);
  const input = count(
    usage.prompt_tokens,
    bare === undefined ? undefined : bare + apart,
    total === undefined ? undefined : total - (output ?? 0),
    before?.inputTokens,
  );
  if (input === undefined && output === undefined) return undefined;
  return {
    inputTokens: input ?? 0,
    outputTokens: output ?? count((total ?? 0) - (input ?? 0), 0)!,
    ...(read !== undefined && { cacheReadTokens: read }),
    ...(write !== undefined && { cacheWriteTokens: write }),
  };
}

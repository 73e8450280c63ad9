import { describe, expect, test } from '@jest/globals';
import { modelList } from './model-list.js';
import { isOverflow } from './overflow.js';
import { providerWords } from './provider-words.js';
import { quirkNamed } from './quirks.js';
import { retryAfterMs } from './retry-after.js';
import { usageFrom } from './usage.js';

describe('usage', () => {
  test.each([
    [
      { prompt_tokens: 10, completion_tokens: 2 },
      { inputTokens: 10, outputTokens: 2 },
    ],
    [
      { prompt_tokens: 10, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 0 } },
      { inputTokens: 10, outputTokens: 2, cacheReadTokens: 0 },
    ],
    [
      { prompt_tokens: 10, completion_tokens: 2, prompt_tokens_details: { cache_read_tokens: 4, cache_write_tokens: 3 } },
      { inputTokens: 10, outputTokens: 2, cacheReadTokens: 4, cacheWriteTokens: 3 },
    ],
    [
      { prompt_tokens: 10, completion_tokens: 2, cache_read_tokens: 4, cache_write_tokens: 1, prompt_tokens_details: null },
      { inputTokens: 10, outputTokens: 2, cacheReadTokens: 4, cacheWriteTokens: 1 },
    ],
    [
      { prompt_tokens: 10, completion_tokens: 2, prompt_cache_hit_tokens: 7 },
      { inputTokens: 10, outputTokens: 2, cacheReadTokens: 7 },
    ],
    [
      { input_tokens: 5, output_tokens: 2, cache_read_input_tokens: 90, cache_creation_input_tokens: 5 },
      { inputTokens: 100, outputTokens: 2, cacheReadTokens: 90, cacheWriteTokens: 5 },
    ],
    [{ prompt_tokens: null, completion_tokens: 'x' }, undefined],
    [null, undefined],
    ['much', undefined],
  ])('%j is read', (given, wanted) => expect(usageFrom(given)).toEqual(wanted));
});

describe('V04: Retry-After', () => {
  const now = Date.parse('2025-10-01T12:00:00Z');
  const ms = (headers: Record<string, string>) => retryAfterMs(new Headers(headers), now);
  test.each([
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': '1.5' }, 1500],
    [{ 'retry-after': 'Wed, 01 Oct 2025 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Wed, 01 Oct 2025 11:00:00 GMT' }, 0],
    [{ 'retry-after-ms': '12', 'retry-after': '2' }, 12],
    [{ 'retry-after-ms': 'x', 'retry-after': '2' }, 2000],
    [{ 'retry-after': '-5' }, undefined],
    [{ 'retry-after': '1e99' }, undefined],
    [{ 'retry-after': '99999999999999' }, undefined],
    [{ 'retry-after': 'tomorrow' }, undefined],
    [{ 'retry-after': '2 seconds' }, undefined],
    [{}, undefined],
  ])('%j is read', (headers, wanted) => expect(ms(headers)).toBe(wanted));
});

test('a list of models is read in every spelling', () => {
  expect(
    modelList({
      data: [
        { id: 'a', context_window: 1000, vision: true },
        { id: 'b', context_length: '2000', architecture: { input_modalities: ['text', 'image'] } },
        { id: 'c', max_model_len: 3000, capabilities: { vision: false } },
        { id: 'd', max_context_length: 4000, capabilities: ['completion', 'multimodal'] },
        { id: 'e', context_window: null },
        { id: 7 },
        null,
        'f',
      ],
    }),
  ).toEqual([
    { id: 'a', contextWindow: 1000, vision: true },
    { id: 'b', contextWindow: 2000, vision: true },
    { id: 'c', contextWindow: 3000, vision: false },
    { id: 'd', contextWindow: 4000, vision: true },
    { id: 'e' },
    { id: 'f' },
  ]);
  expect(modelList({ models: [{ name: 'x' }] })).toEqual([{ id: 'x' }]);
  expect(modelList({ ok: true })).toBeUndefined();
});

test('words are the message of the provider, else an excerpt without HTML', () => {
  expect(providerWords({ error: { message: 'a  b\nc' } })).toBe('a b c');
  expect(providerWords({ detail: [{ loc: ['body'], msg: 'field required' }] })).toBe('field required');
  expect(providerWords('<p>Bad &amp; gone</p>')).toBe('Bad & gone');
  expect(providerWords('x'.repeat(2000))).toHaveLength(501);
  expect(providerWords({ odd: 1 })).toBe('{"odd":1}');
  expect(providerWords(undefined)).toBe('');
});

test('V12: a rate limit or a bad parameter is no overflow', () => {
  expect(isOverflow(429, 'Request too large: tokens per minute, maximum context length')).toBe(false);
  expect(isOverflow(400, 'temperature must be at most 2')).toBe(false);
  expect(isOverflow(400, 'max_tokens is too large: 99999')).toBe(false);
});

describe('a model without eyes', () => {
  const body = '{"messages":[{"role":"user","content":[{"type":"image_url"}]}]}';
  test.each([
    [400, 'Failed to deserialize the JSON body: messages[1]: unknown variant `image_url`, expected `text`'],
    [400, 'Invalid content type. image_url is only supported by certain models.'],
    [400, "This model doesn't support image input"],
    [404, 'No endpoints found that support image input'],
    [422, 'multimodal input is not enabled on this server'],
    [400, 'image input is not supported - hint: if this is unexpected, you may need to provide the mmproj'],
  ])('%i %s', (status, said) => {
    expect(quirkNamed(status, said, body, new Set())).toBe('no-images');
    expect(quirkNamed(status, said, '{"messages":[]}', new Set())).toBeUndefined();
    expect(quirkNamed(status, said, body, new Set(['no-images']))).toBeUndefined();
  });

  test.each([
    [400, 'Unsupported image format: image/tiff is not supported'],
    [400, 'image too large: not allowed'],
    [400, 'You uploaded an unsupported image. Please make sure your image has a valid mime type.'],
    [500, 'image input is not supported'],
    [400, 'temperature is not supported'],
  ])('is not one that answers %i %s', (status, said) => expect(quirkNamed(status, said, body, new Set())).toBeUndefined());
});

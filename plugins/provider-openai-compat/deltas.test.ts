import { describe, expect, test } from '@jest/globals';
import type { StepPart } from 'dispatch/kernel';
import { ChunkReader } from './chunk-reader.js';

/** What a stream of such frames is told as. */
function read(...frames: object[]): StepPart[] {
  const reader = new ChunkReader();
  const parts: StepPart[] = [];
  for (const frame of frames) reader.read(frame, parts);
  reader.end(parts);
  return parts;
}
const delta = (fields: object, more: object = {}) => ({ choices: [{ index: 0, delta: fields }], ...more });
const usageOf = (...frames: object[]) => read(...frames).filter(({ type }) => type === 'usage');

describe('usage', () => {
  const whole = { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 };
  const told = { inputTokens: 10, outputTokens: 4 };
  const cached = { ...told, cacheReadTokens: 8 };
  test.each([
    ['in a frame of its own behind the last delta', [delta({ content: 'a' }), { choices: [], usage: whole }], told],
    ['in the last delta', [delta({ content: 'a' }, { usage: whole })], told],
    ['in the choice', [{ choices: [{ delta: {}, usage: whole }] }], told],
    [
      'in each delta, as it stands so far',
      [1, 2, 4].map((n) => delta({ content: 'a' }, { usage: { prompt_tokens: 10, completion_tokens: n } })),
      told,
    ],
    ['in each delta, null in the last', [delta({ content: 'a' }, { usage: whole }), delta({ content: 'b' }, { usage: null })], told],
    ['input first, output last', [delta({}, { usage: { prompt_tokens: 10 } }), delta({}, { usage: { completion_tokens: 4 } })], told],
    [
      'cached tokens first, output last',
      [delta({}, { usage: { prompt_tokens: 10, cached_tokens: 8 } }), delta({}, { usage: { completion_tokens: 4 } })],
      cached,
    ],
    ['as a total only', [{ choices: [], usage: { total_tokens: 14 } }], { inputTokens: 14, outputTokens: 0 }],
    ['as a total and the output', [{ choices: [], usage: { total_tokens: 14, completion_tokens: 4 } }], told],
    ['as a total and the input', [{ choices: [], usage: { total_tokens: 14, prompt_tokens: 10 } }], told],
    ['prompt_tokens_details.cached_tokens', [{ usage: { ...whole, prompt_tokens_details: { cached_tokens: 8 } } }], cached],
    ['input_tokens_details.cached_tokens', [{ usage: { ...whole, input_tokens_details: { cached_tokens: 8 } } }], cached],
    ['cache_read_tokens', [{ usage: { ...whole, cache_read_tokens: 8 } }], cached],
    ['prompt_cache_hit_tokens', [{ usage: { ...whole, prompt_cache_hit_tokens: 8, prompt_cache_miss_tokens: 2 } }], cached],
    ['cached_tokens', [{ usage: { ...whole, cached_tokens: 8 } }], cached],
    [
      'counted without the cached part',
      [{ usage: { input_tokens: 2, output_tokens: 4, cache_read_input_tokens: 7, cache_creation_input_tokens: 1 } }],
      { ...told, cacheReadTokens: 7, cacheWriteTokens: 1 },
    ],
  ])('%s', (_, frames, usage) => expect(usageOf(...frames)).toEqual([{ type: 'usage', usage }]));

  test.each([[{}], [{ usage: null }], [{ usage: 'many' }], [{ usage: {} }], [{ usage: { prompt_tokens: -1, completion_tokens: 'x' } }]])(
    'of %j is none',
    (frame) => expect(usageOf(frame)).toEqual([]),
  );
});

describe('V11: thinking', () => {
  const text = (words: string) => ({ type: 'reasoning.text', text: words, index: 0, format: 'unknown' });
  test.each([
    ['reasoning_content', { reasoning_content: 'hm', content: null }, 'hm'],
    ['reasoning_content beside an empty content', { reasoning_content: 'hm', content: '' }, 'hm'],
    ['reasoning', { reasoning: 'hm' }, 'hm'],
    ['reasoning_details', { reasoning_details: [text('h'), text('m')] }, 'hm'],
    ['a summary in reasoning_details', { reasoning_details: [{ type: 'reasoning.summary', summary: 'hm' }] }, 'hm'],
    ['reasoning and the same in reasoning_details: once', { reasoning: 'hm', reasoning_details: [text('hm')] }, 'hm'],
    ['reasoning null, reasoning_details not', { reasoning: null, reasoning_details: [text('hm')] }, 'hm'],
    ['parts of content', { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] }, 'hm'],
  ])('%s', (_, fields, words) => expect(read(delta(fields))).toEqual([{ type: 'thinking', text: words }]));

  test.each([
    [{ reasoning_details: [{ type: 'reasoning.encrypted', data: 'AAAA' }] }],
    [{ reasoning_details: 'x' }],
    [{ reasoning_details: [null, 7, {}] }],
    [{ reasoning: 7 }],
    [{ reasoning_content: '' }],
    [{ reasoning_content: null, reasoning: null, content: null }],
  ])('%j is none', (fields) => expect(read(delta(fields))).toEqual([]));
});

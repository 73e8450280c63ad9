import { expect, test } from '@jest/globals';
import type { Message } from 'dispatch/kernel';
import type { Chunk } from 'dispatch/wire';
import fc from 'fast-check';
import { cut, shownSize, transcript } from './transcript.js';

const call: Chunk = { type: 'tool-call', toolCallId: 'x', toolName: 'dice', input: { sides: 6 } };
const result: Chunk = { type: 'tool-result', toolCallId: 'x', toolName: 'dice', content: 'six', isError: false };
const history: Message[] = [
  {
    role: 'user',
    chunks: [
      { type: 'text', text: 'roll' },
      { type: 'image', url: 'data:image/png;base64,AAAA' },
    ],
  },
  { role: 'assistant', chunks: [{ type: 'thinking', text: 'a secret' }, { type: 'text', text: 'so be it' }, call] },
  { role: 'tool', chunks: [result] },
  { role: 'tool', chunks: [{ ...result, isError: true }] },
  { role: 'system', chunks: [{ type: 'error', message: 'it broke' }] },
];

test('a transcript tells who said and did what, without thoughts and errors of ours', () => {
  expect(transcript(history, 10_000)).toBe(`## User
roll
[a picture]

## Assistant
so be it
[calls dice] {"sides":6}

## Tool
[answer of dice] six

## Tool
[error of dice] six`);
});

test('long answers of tools lose their middle first, what people say only when nothing else helps', () => {
  const long: Message[] = [
    { role: 'user', chunks: [{ type: 'text', text: 'u'.repeat(5_000) }] },
    { role: 'tool', chunks: [{ ...result, content: 'r'.repeat(50_000) }] },
  ];
  expect(transcript(long, 20_000)).toContain('u'.repeat(5_000));
  expect(transcript(long, 7_000)).toContain('u'.repeat(5_000));
  expect(transcript(long, 1_000).length).toBeLessThanOrEqual(1_000);
  expect(transcript(long, 20_000)).toMatch(/characters left out/);
});

test('the size is what a model is shown', () => {
  expect(shownSize(history)).toBe('roll'.length + 1_500 + 'so be it'.length + 'dice{"sides":6}'.length + 'six'.length * 2);
});

const chunk: fc.Arbitrary<Chunk> = fc.oneof(
  fc.record({ type: fc.constant('text' as const), text: fc.string({ unit: 'binary', maxLength: 400 }) }),
  fc.record({ type: fc.constant('thinking' as const), text: fc.string() }),
  fc.record({ type: fc.constant('tool-call' as const), toolCallId: fc.string(), toolName: fc.string(), input: fc.jsonValue() }),
  fc.record({
    type: fc.constant('tool-result' as const),
    ...{ toolCallId: fc.string(), toolName: fc.string({ maxLength: 20 }), content: fc.string({ maxLength: 3_000 }), isError: fc.boolean() },
  }),
);
const messages: fc.Arbitrary<Message[]> = fc.array(
  fc.record({ role: fc.constantFrom('user' as const, 'assistant' as const, 'tool' as const), chunks: fc.array(chunk, { maxLength: 4 }) }),
);

test('a transcript fits its budget, whatever there was', () => {
  fc.assert(
    fc.property(messages, fc.integer({ min: 200, max: 5_000 }), (all, budget) => {
      expect(transcript(all, budget).length).toBeLessThanOrEqual(budget);
    }),
  );
});

test('a cut text is no longer than its limit, keeps both ends, and halves no character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 0, maxLength: 2_000 }), fc.integer({ min: 120, max: 1_000 }), (text, limit) => {
      const short = cut(text, limit);
      expect(short.length).toBeLessThanOrEqual(Math.max(limit, 0));
      expect(short.isWellFormed()).toBe(true);
      if (text.length <= limit) expect(short).toBe(text);
    }),
  );
});

import { expect, test } from '@jest/globals';
import type { StoredChunk } from 'dispatch/wire';
import { delivered } from './after-restart.js';

const messages = (...texts: string[]) => texts.map((text) => ({ id: text, text, queuedAt: 1, offeredAfter: 4 as number | null }));
const said = (...texts: string[]): StoredChunk[] => texts.map((text, i) => ({ seq: 5 + i, role: 'user', chunk: { type: 'text', text } }));

test('messages whose text is in the log have been delivered', () => {
  expect(delivered(messages('a', 'b'), said('a\n\nb'))).toEqual(new Set(['a', 'b']));
});

test('messages that opened a turn together with a new text have been delivered', () => {
  expect(delivered(messages('a', 'b'), said('a\n\nb\n\nand this'))).toEqual(new Set(['a', 'b']));
});

test('messages that are not in the log have not', () => {
  expect(delivered(messages('a', 'b'), said('a and b', 'b', 'ab'))).toEqual(new Set());
  expect(delivered(messages('a'), [])).toEqual(new Set());
});

test('a message that was never offered has not, whatever the log says', () => {
  const queue = [...messages('a'), ...messages('b').map((message) => ({ ...message, offeredAfter: null }))];
  expect(delivered(queue, said('a', 'b'))).toEqual(new Set(['a']));
});

test('of two that were offered one after the other, the second may not have been delivered yet', () => {
  expect(delivered(messages('a', 'b'), said('a'))).toEqual(new Set(['a']));
  expect(delivered(messages('a', 'b', 'c'), said('a', 'b\n\nc'))).toEqual(new Set(['a', 'b', 'c']));
});

test('only what the user said counts', () => {
  const log: StoredChunk[] = [{ seq: 5, role: 'assistant', chunk: { type: 'text', text: 'a' } }];
  expect(delivered(messages('a'), log)).toEqual(new Set());
});

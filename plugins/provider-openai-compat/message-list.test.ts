import { expect, test } from '@jest/globals';
import type { Message } from 'dispatch/kernel';
import fc from 'fast-check';
import { messageJson } from './message-json.js';
import { messageList } from './message-list.js';

const texts = fc.string({ maxLength: 6 });
const message: fc.Arbitrary<Message> = fc.oneof(
  texts.map((text): Message => ({ role: 'user', chunks: [{ type: 'text', text }] })),
  texts.map((text): Message => ({ role: 'assistant', chunks: [{ type: 'thinking', text }] })),
  texts.map(
    (text): Message => ({
      role: 'tool',
      chunks: [{ type: 'tool-result', stepId: 's', toolCallId: 'c', toolName: 'f', content: text, isError: false }],
    }),
  ),
);
const system = texts.map((text): Message => ({ role: 'system', chunks: [{ type: 'text', text }] }));

/** The same, made anew from copies that nothing can be remembered of. */
const anew = (messages: readonly Message[], thoughts: boolean): string =>
  messages
    .map((each) => messageJson({ ...each }, thoughts))
    .filter((json) => json !== '')
    .join(',');

test('whatever was made of the same messages before, a list is what its messages make', () => {
  const pool = fc.array(message, { minLength: 1, maxLength: 8 });
  const pick = fc.record({
    front: fc.array(system, { maxLength: 2 }),
    indexes: fc.array(fc.nat(7), { maxLength: 10 }),
    thoughts: fc.boolean(),
  });
  fc.assert(
    fc.property(pool, fc.array(pick, { minLength: 2, maxLength: 8 }), (messages, lists) => {
      for (const { front, indexes, thoughts } of lists) {
        const list = [...front, ...indexes.map((at) => messages[at % messages.length] as Message)];
        expect(messageList(list, thoughts)).toBe(anew(list, thoughts));
        expect(JSON.parse(`[${messageList(list, thoughts)}]`)).toEqual(JSON.parse(`[${anew(list, thoughts)}]`));
      }
    }),
  );
});

test('a list that grew is made from what was there', () => {
  let reads = 0;
  const counted = (text: string): Message => ({
    role: 'user',
    get chunks() {
      reads++;
      return [{ type: 'text' as const, text }];
    },
  });
  const [first, second, third] = [counted('1'), counted('2'), counted('3')];
  messageList([first, second], false);
  reads = 0;
  messageList([first, second, third], false);
  const grown = reads;
  messageList([third], false);
  expect(grown).toBe(reads - grown);
});

import { expect, test } from '@jest/globals';
import type { Message } from 'dispatch/kernel';
import fc from 'fast-check';
import { messageJson, type Sending } from './message-json.js';
import { messageList } from './message-list.js';

const listText = (messages: readonly Message[], sending: Sending): string =>
  messageList(messages, sending)
    .map((piece) => piece.toString())
    .join('');

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
const anew = (messages: readonly Message[], sending: Sending): string =>
  messages
    .map((each) => messageJson({ ...each }, sending))
    .filter((json) => json !== '')
    .join(',');

test('whatever was made of the same messages before, a list is what its messages make', () => {
  const pool = fc.array(message, { minLength: 1, maxLength: 8 });
  const pick = fc.record({
    front: fc.array(system, { maxLength: 2 }),
    indexes: fc.array(fc.nat(7), { maxLength: 10 }),
    sending: fc.record({ thoughts: fc.boolean(), images: fc.boolean() }),
  });
  fc.assert(
    fc.property(pool, fc.array(pick, { minLength: 2, maxLength: 8 }), (messages, lists) => {
      for (const { front, indexes, sending } of lists) {
        const list = [...front, ...indexes.map((at) => messages[at % messages.length] as Message)];
        expect(listText(list, sending)).toBe(anew(list, sending));
        expect(JSON.parse(`[${listText(list, sending)}]`)).toEqual(JSON.parse(`[${anew(list, sending)}]`));
      }
    }),
  );
});

const plain: Sending = { thoughts: false, images: true };

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
  messageList([first, second], plain);
  reads = 0;
  messageList([first, second, third], plain);
  const grown = reads;
  messageList([third], plain);
  expect(grown).toBe(reads - grown);
});

test('of lists with pictures only the newest are remembered, and what is made anew is the same', () => {
  const picture = (fill: string): Message => ({ role: 'user', chunks: [{ type: 'image', url: `data:${fill.repeat(12 * 1024 * 1024)}` }] });
  const pictures = [...'abcdefgh'].map(picture);
  const first = listText([pictures[0] as Message], plain);
  for (const each of pictures) messageList([each], plain);
  expect(listText([pictures[0] as Message], plain) === first).toBe(true);
});

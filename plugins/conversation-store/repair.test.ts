import { expect, test } from '@jest/globals';
import type { Message } from 'dispatch/kernel';
import type { Chunk } from 'dispatch/wire';
import fc from 'fast-check';
import { repairMessages } from './repair.js';

const id = fc.constantFrom('', 'a', 'b', 'c');
const text = fc.constantFrom('', ' ', 'words');
const chunk: fc.Arbitrary<Chunk> = fc.oneof(
  fc.record({ type: fc.constantFrom('text' as const, 'thinking' as const, 'system' as const), text }),
  fc.record({
    type: fc.constant('tool-call' as const),
    toolCallId: id,
    toolName: fc.constant('t'),
    input: fc.oneof(fc.constant({}), fc.jsonValue()),
  }),
  fc.record({
    type: fc.constant('tool-result' as const),
    toolCallId: id,
    toolName: fc.constant('t'),
    content: text,
    isError: fc.boolean(),
  }),
  fc.record({ type: fc.constant('error' as const), message: text }),
  fc.record({ type: fc.constant('image' as const), url: fc.constant('https://x.test/i.png') }),
);
const soup: fc.Arbitrary<Message[]> = fc.array(
  fc.record({
    role: fc.constantFrom('system' as const, 'user' as const, 'assistant' as const, 'tool' as const),
    chunks: fc.array(chunk, { maxLength: 5 }),
  }),
  { maxLength: 12 },
);

/** What a provider would refuse; empty when it would not. */
function refusal(messages: readonly Message[]): string {
  let open = new Set<string>();
  for (const [i, { role, chunks }] of messages.entries()) {
    const at = `message ${i} (${role})`;
    if (open.size > 0 && role !== 'tool') return `${at}: unanswered ${[...open]}`;
    if (chunks.length === 0) return `${at}: empty`;
    if (role === 'tool') {
      const [result] = chunks;
      if (chunks.length !== 1 || result?.type !== 'tool-result') return `${at}: not one result`;
      if (!open.delete(result.toolCallId)) return `${at}: no call ${result.toolCallId} right before`;
      continue;
    }
    if (chunks.some(({ type }) => type === 'error' || type === 'tool-result')) return `${at}: stray chunk`;
    if (role !== 'assistant') continue;
    if (!chunks.some((each) => each.type === 'tool-call' || (each.type === 'text' && each.text.trim()))) return `${at}: mute`;
    open = new Set();
    for (const each of chunks) {
      if (each.type !== 'tool-call') continue;
      if (each.toolCallId === '' || open.has(each.toolCallId)) return `${at}: bad id "${each.toolCallId}"`;
      if (typeof each.input !== 'object' || each.input === null || Array.isArray(each.input)) return `${at}: bad input`;
      open.add(each.toolCallId);
    }
  }
  return open.size > 0 ? `unanswered at the end: ${[...open]}` : '';
}

test('any soup of chunks becomes a list that every provider takes', () => {
  fc.assert(
    fc.property(soup, (log) => expect(refusal(repairMessages(log))).toBe('')),
    { numRuns: 2000 },
  );
});

test('what is repaired stays as it is, object by object', () => {
  fc.assert(
    fc.property(soup, (log) => {
      const once = repairMessages(log);
      expect(repairMessages(log)).toEqual(once);
      expect(repairMessages(log).every((message, i) => message === once[i])).toBe(true);
      const twice = repairMessages(once);
      expect(twice).toHaveLength(once.length);
      expect(twice.every((message, i) => message === once[i])).toBe(true);
    }),
  );
});

test('results follow their calls in call order; a lost one says that it was interrupted', () => {
  const call = (toolCallId: string): Chunk => ({ type: 'tool-call', toolCallId, toolName: 't', input: {} });
  const result = (toolCallId: string, content: string): Message => ({
    role: 'tool',
    chunks: [{ type: 'tool-result', toolCallId, toolName: 't', content, isError: false }],
  });
  const user: Message = { role: 'user', chunks: [{ type: 'text', text: 'go' }] };
  const log: Message[] = [
    user,
    result('a', 'too early'),
    { role: 'assistant', chunks: [call('a'), call('b'), call('c')] },
    result('b', 'B'),
    { role: 'system', chunks: [{ type: 'error', message: 'x' }] },
    user,
    result('a', 'A'),
    result('z', 'nobody asked'),
    { role: 'assistant', chunks: [{ type: 'thinking', text: 'hm' }] },
  ];
  expect(repairMessages(log)).toEqual([
    user,
    log[2],
    log[6],
    log[3],
    {
      role: 'tool',
      chunks: [
        expect.objectContaining({ type: 'tool-result', toolCallId: 'c', isError: true, content: expect.stringMatching(/^interrupted/) }),
      ],
    },
    user,
  ]);
});

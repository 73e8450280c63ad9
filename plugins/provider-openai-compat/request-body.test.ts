import { describe, expect, test } from '@jest/globals';
import type { Message, StepRequest } from 'dispatch/kernel';
import { requestBody } from './request-body.js';

const { signal } = new AbortController();
const step = (messages: readonly Message[], more: Partial<StepRequest> = {}): StepRequest => ({
  model: 'm',
  messages,
  tools: [],
  signal,
  ...more,
});
const sent = (messages: readonly Message[], more?: Partial<StepRequest>) =>
  JSON.parse(requestBody(step(messages, more), new Set()).toString()) as Record<string, unknown>;

describe('messages', () => {
  test('become those of chat completions', () => {
    const { messages } = sent([
      { role: 'system', chunks: [{ type: 'system', text: 'Be brief.' }] },
      {
        role: 'user',
        chunks: [
          { type: 'text', text: 'look' },
          { type: 'image', url: 'data:image/png;base64,AA==' },
        ],
      },
      {
        role: 'assistant',
        chunks: [
          { type: 'thinking', text: 'hidden' },
          { type: 'text', text: 'I read.' },
          { type: 'tool-call', toolCallId: 'c1', toolName: 'read_file', input: { path: 'a' } },
          { type: 'tool-call', toolCallId: 'c2', toolName: 'odd name!', input: 'not an object' },
        ],
      },
      {
        role: 'tool',
        chunks: [
          { type: 'tool-result', toolCallId: 'c1', toolName: 'read_file', content: '1: x', isError: false },
          { type: 'tool-result', toolCallId: 'c2', toolName: 'odd name!', content: '', isError: true },
        ],
      },
      { role: 'assistant', chunks: [{ type: 'error', message: 'lost' }] },
      { role: 'assistant', chunks: [{ type: 'tool-call', toolCallId: 'c3', toolName: 'f', input: [1] }] },
    ]);
    expect(messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
        ],
      },
      {
        role: 'assistant',
        content: 'I read.',
        tool_calls: [
          { id: 'c1', type: 'function', function: { name: 'read_file', arguments: '{"path":"a"}' } },
          { id: 'c2', type: 'function', function: { name: 'odd_name_', arguments: '{"input":"not an object"}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'c1', content: '1: x' },
      { role: 'tool', tool_call_id: 'c2', content: '(no output)' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c3', type: 'function', function: { name: 'f', arguments: '{"input":[1]}' } }],
      },
    ]);
  });

  test('hold no half of a surrogate pair, and keep escapes that are only written out', () => {
    const body = requestBody(
      step([
        { role: 'user', chunks: [{ type: 'text', text: 'a\ud800b 🎉 \\ud800' }] },
        { role: 'assistant', chunks: [{ type: 'tool-call', toolCallId: 'c', toolName: 'f', input: { t: '\udc00 \\ud800' } }] },
      ]),
      new Set(),
    );
    const [first, second] = JSON.parse(body.toString()).messages;
    expect(first.content).toBe('a\ufffdb 🎉 \\ud800');
    expect(JSON.parse(second.tool_calls[0].function.arguments)).toEqual({ t: '\ufffd \\ud800' });
  });

  test('are converted once', () => {
    let reads = 0;
    const message: Message = {
      role: 'user',
      get chunks() {
        reads++;
        return [{ type: 'text' as const, text: 'x' }];
      },
    };
    const first = requestBody(step([message]), new Set());
    const before = reads;
    expect(requestBody(step([message]), new Set())).toEqual(first);
    expect(reads).toBe(before);
  });
});

test('tools are function tools, made anew only when they say something else', () => {
  const tool = { name: 'f', description: 'one', input: { type: 'object' } };
  const { tools } = sent([], { tools: [tool] });
  expect(tools).toEqual([{ type: 'function', function: { name: 'f', description: 'one', parameters: { type: 'object' } } }]);
  tool.description = 'two';
  expect(JSON.stringify(sent([], { tools: [tool] }).tools)).toContain('"two"');
});

test('effort and the limit of tokens are sent only when they are given', () => {
  expect(sent([])).toEqual({ model: 'm', messages: [], stream: true, stream_options: { include_usage: true } });
  expect(sent([], { effort: 'max', maxOutputTokens: 1 })).toMatchObject({ reasoning_effort: 'high', max_tokens: 1 });
});

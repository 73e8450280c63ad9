import { describe, expect, test } from '@jest/globals';
import { type Message, ProviderError, type StepPart, type StepRequest } from 'dispatch/kernel';
import { testClock } from 'dispatch/testing';
import { Offline } from './offline.js';

const tool = (name: string) => ({ name, description: '', input: {} });
const tools = ['read_file', 'run_shell', 'write_file', 'todo_write'].map(tool);
const user = (text: string): Message => ({ role: 'user', chunks: [{ type: 'text', text }] });
const result = (content: string, isError = false): Message => ({
  role: 'tool',
  chunks: [{ type: 'tool-result', toolCallId: 'c', toolName: 'read_file', content, isError }],
});

const clock = { ...testClock(), sleep: () => Promise.resolve() };

async function ask(messages: readonly Message[], change: Partial<StepRequest> = {}): Promise<StepPart[]> {
  const { signal } = new AbortController();
  const request: StepRequest = { model: 'tools', messages, tools, signal, ...change };
  const parts: StepPart[] = [];
  const provider = new Offline(clock);
  for await (const part of provider.stream(provider.credentials()[0]!, request)) parts.push(part);
  return parts;
}

const said = (parts: StepPart[], type: 'text' | 'thinking' = 'text') =>
  parts.flatMap((part) => (part.type === type ? [part.text] : [])).join('');
const calls = (parts: StepPart[]) => {
  const whole: { name?: string; input: string }[] = [];
  for (const part of parts)
    if (part.type === 'call') {
      whole[part.index] ??= { name: part.name, input: '' };
      whole[part.index]!.input += part.input ?? '';
    }
  return whole.map(({ name, input }) => [name, JSON.parse(input)]);
};

describe('offline/tools', () => {
  test('asks for tools, several at once when several lines ask', async () => {
    const parts = await ask([user('read a.txt\nrun echo hi\ntodo x\nwrite b.txt: text')]);
    expect(calls(parts)).toEqual([
      ['read_file', { path: 'a.txt' }],
      ['run_shell', { command: 'echo hi' }],
      ['todo_write', { todos: [{ content: 'x', status: 'pending' }] }],
      ['write_file', { path: 'b.txt', content: 'text' }],
    ]);
    expect(parts[0]).toEqual({ type: 'open' });
    expect(parts.at(-1)).toEqual({ type: 'finish', reason: 'tool_calls' });
    const ids = parts.flatMap((part) => (part.type === 'call' && part.id ? [part.id] : []));
    expect(new Set(ids).size).toBe(4);
  });

  test('quotes what the tools answered, shortly', async () => {
    const long = Array.from({ length: 50 }, (_, i) => `${i + 1}: line`).join('\n');
    const parts = await ask([user('read a'), result('1: hello'), result('no such file', true), result(long)]);
    expect(said(parts)).toContain('read_file answered:\n\n> 1: hello');
    expect(said(parts)).toContain('read_file failed:\n\n> no such file');
    expect(said(parts)).toContain('> 10: line …');
    expect(said(parts)).not.toContain('11: line');
    expect(parts.at(-1)).toEqual({ type: 'finish', reason: 'stop' });
  });

  test('says so when a tool is not offered', async () => {
    const parts = await ask([user('run ls')], { tools: [] });
    expect(calls(parts)).toEqual([]);
    expect(said(parts)).toContain('the tool run_shell');
  });

  test('says plainly that it is no language model, word by word, and reports usage', async () => {
    const parts = await ask([user('What is the meaning of life?')]);
    expect(said(parts)).toContain('not a language model');
    expect(said(parts)).toContain('You said: What is the meaning of life?');
    expect(parts.filter((part) => part.type === 'text').length).toBeGreaterThan(20);
    const usage = parts.find((part) => part.type === 'usage');
    expect(usage).toEqual({
      type: 'usage',
      usage: { inputTokens: expect.any(Number), outputTokens: Math.ceil(said(parts).length / 4) },
    });
  });

  test('explains itself', async () => {
    expect(said(await ask([user('help')]))).toContain('`write FILE: TEXT`');
  });

  test('thinks aloud when it is told to reason', async () => {
    const parts = await ask([user('reason: read a.txt')]);
    expect(said(parts, 'thinking')).toContain('the file a.txt');
    expect(calls(parts)).toEqual([['read_file', { path: 'a.txt' }]]);
  });

  test('listens to the newest message, also one that came after tool results', async () => {
    const parts = await ask([user('read a'), result('x'), user('run ls')]);
    expect(calls(parts)).toEqual([['run_shell', { command: 'ls' }]]);
  });
});

test('offline/echo repeats the message, and stops at the limit of tokens', async () => {
  const text = '  two  words\nand ünïcode\n';
  expect(said(await ask([user(text)], { model: 'echo' }))).toBe(text);
  const cut = await ask([user('one two three')], { model: 'echo', maxOutputTokens: 1 });
  expect(said(cut)).toBe('one');
  expect(cut.at(-1)).toEqual({ type: 'finish', reason: 'length' });
});

describe('failing on demand', () => {
  test.each([
    ['fail', { code: 'failed', retryable: false }],
    ['please fail 429', { code: 'http', status: 429, retryable: true }],
    ['fail 401', { code: 'http', status: 401, retryable: false }],
    ['fail network', { code: 'network', retryable: true }],
  ])('«%s»', async (text, wanted) => {
    await expect(ask([user(text)])).rejects.toMatchObject(wanted);
    await expect(ask([user(text)])).rejects.toBeInstanceOf(ProviderError);
  });

  test('«fail midway» comes after half of the answer', async () => {
    const parts: StepPart[] = [];
    const provider = new Offline(clock);
    const { signal } = new AbortController();
    const failing = (async () => {
      const request = { model: 'tools', messages: [user('fail midway')], tools, signal };
      for await (const part of provider.stream(provider.credentials()[0]!, request)) parts.push(part);
    })();
    await expect(failing).rejects.toMatchObject({ code: 'stream', retryable: true });
    expect(said(parts)).toMatch(/^This answer will break/);
  });

  test('a model it does not have is told', async () => {
    await expect(ask([user('x')], { model: 'gpt' })).rejects.toThrow('it has echo and tools');
  });
});

test('a slow answer pauses long, and aborting ends it at once', async () => {
  const standing = testClock();
  const provider = new Offline(standing);
  const control = new AbortController();
  const request = { model: 'echo', messages: [user('slowly now')], tools, signal: control.signal };
  const iterator = provider.stream(provider.credentials()[0]!, request)[Symbol.asyncIterator]();
  await iterator.next();
  const first = iterator.next();
  await standing.advance(199);
  expect(standing.sleeping()).toBe(1);
  await standing.advance(1);
  expect((await first).value).toEqual({ type: 'text', text: 'slowly' });
  const second = iterator.next();
  control.abort();
  await expect(second).rejects.toMatchObject({ code: 'aborted' });
});

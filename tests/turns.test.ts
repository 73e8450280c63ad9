import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ChatEvent } from 'dispatch/wire';
import { outline, RealServer } from './real-server.fixture.js';
import { type Reply, ScriptedProvider } from './scripted-provider.fixture.js';

let provider: ScriptedProvider;
let server: RealServer;

beforeAll(async () => {
  provider = await ScriptedProvider.listen();
  server = await RealServer.start({
    providerUrl: provider.baseUrl,
    config: { retry: { baseMs: 20 }, watchdog: { silenceMs: 400, firstByteMs: 600 } },
  });
  writeFileSync(join(server.cwd, 'a.txt'), 'alpha\nbeta\n');
});
afterAll(async () => {
  await server.stop();
  await provider.close();
});

let serial = 0;
async function turn(replies: Reply[], conversationId = `turns-${++serial}`) {
  provider.inTurn(...replies);
  const events = await server.chat({ conversationId, message: 'go' });
  return { events, conversationId, chunks: (await server.history(conversationId)).chunks };
}

const plain = ['user-message', 'turn-start', 'text-delta', 'usage', 'step-complete', 'done', 'turn-sealed'];
const of = <T extends ChatEvent['type']>(events: ChatEvent[], type: T) =>
  events.filter((event) => event.type === type) as Extract<ChatEvent, { type: T }>[];
const read = { name: 'read_file', args: { path: 'a.txt' } };

describe('a turn through the real server', () => {
  test('a plain turn streams in the order of the contract and is stored as shown', async () => {
    const { events, chunks } = await turn([{ text: ['Hello', ' world'], usage: { input: 120, output: 7, cached: 20 } }]);
    expect(outline(events)).toEqual(plain);
    expect(of(events, 'done')[0]).toMatchObject({
      reason: 'stop',
      contextSize: 127,
      usage: { inputTokens: 120, outputTokens: 7, cacheReadTokens: 20 },
    });
    expect(chunks).toEqual([
      { seq: 1, role: 'user', chunk: { type: 'text', text: 'go' } },
      { seq: 2, role: 'assistant', chunk: { type: 'text', text: 'Hello world' } },
    ]);
  });

  test('two tools in one step are both answered, and the model is shown the results in call order', async () => {
    const calls = [
      { id: 'slow', name: 'run_shell', args: { command: 'sleep 0.1; echo slow' } },
      { id: 'fast', ...read },
    ];
    const { events, chunks } = await turn([{ text: ['look'], calls }, { text: ['done'] }]);
    expect(new Set(of(events, 'tool-result').map((event) => event.toolCallId))).toEqual(new Set(['slow', 'fast']));
    const shown = provider.seen[1]?.body.messages.filter((message) => message.role === 'tool').map((message) => message.tool_call_id);
    expect(shown).toEqual(['slow', 'fast']);
    expect(chunks.map(({ role, chunk }) => `${role} ${chunk.type}`)).toEqual([
      ...[
        'user text',
        'assistant text',
        'assistant tool-call',
        'assistant tool-call',
        'tool tool-result',
        'tool tool-result',
        'assistant text',
      ],
    ]);
    expect(chunks.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test('a chain of twenty steps keeps its prefix the same, byte for byte', async () => {
    const chain = Array.from(
      { length: 20 },
      (_, i): Reply => ({ calls: [{ name: 'read_file', args: { path: 'a.txt', offset: 1 + (i % 2) } }] }),
    );
    const { events } = await turn([...chain, { text: ['end'] }]);
    expect(of(events, 'step-complete')).toHaveLength(21);
    for (let i = 1; i < provider.seen.length; i++) {
      const before = JSON.stringify(provider.seen[i - 1]?.body.messages);
      expect(JSON.stringify(provider.seen[i]?.body.messages.slice(0, provider.seen[i - 1]?.body.messages.length))).toBe(before);
    }
  });

  test('V07: arguments that are no JSON, and a tool that is not there, come back to the model as errors', async () => {
    const { events } = await turn([
      {
        calls: [
          { id: 'bad', name: 'read_file', args: '{"path": "a' },
          { id: 'none', name: 'no_such_tool', args: {} },
        ],
      },
      { text: ['sorry'] },
    ]);
    expect(of(events, 'tool-result').map(({ toolCallId, isError }) => [toolCallId, isError])).toEqual([
      ['bad', true],
      ['none', true],
    ]);
    const sent = provider.seen[1]?.body.messages.find((message) => message.tool_calls)?.tool_calls ?? [];
    for (const call of sent) expect(typeof JSON.parse(call.function.arguments)).toBe('object');
    expect(of(events, 'done')[0]?.reason).toBe('stop');
  });

  test('V04: 429 with Retry-After is announced and waited for', async () => {
    const { events } = await turn([{ status: 429, headers: { 'retry-after': '1' } }, { text: ['thanks'] }]);
    expect(of(events, 'provider-retry')).toMatchObject([{ attempt: 0, delayMs: 1000 }]);
    expect((provider.seen[1]?.at ?? 0) - (provider.seen[0]?.at ?? 0)).toBeGreaterThanOrEqual(990);
    expect(outline(events)).toEqual(['user-message', 'turn-start', 'provider-retry', ...plain.slice(2)]);
  });

  test('V04: 500 for ever ends in one error after eight tries', async () => {
    const { events, chunks } = await turn([{ status: 500 }]);
    expect(provider.seen).toHaveLength(8);
    expect(of(events, 'provider-retry').map((event) => event.attempt)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(outline(events).slice(-3)).toEqual(['error', 'done', 'turn-sealed']);
    expect(chunks.map(({ chunk }) => chunk.type)).toEqual(['text', 'error']);
  });

  test.each(['reset', 'end', 'malformed', 'silence'] as const)(
    'V03: a stream broken in the middle (%s) starts its step again and the reply is whole',
    async (kind) => {
      const { events, chunks } = await turn([{ text: ['half ', 'lost'], fault: { after: 1, kind } }, { text: ['the ', 'whole'] }]);
      expect(of(events, 'provider-retry')).toMatchObject([{ discard: true }]);
      expect(outline(events).slice(-3)).toEqual(['step-complete', 'done', 'turn-sealed']);
      expect(chunks.at(-1)?.chunk).toEqual({ type: 'text', text: 'the whole' });
      expect(chunks).toHaveLength(2);
    },
  );

  test('a provider that never answers is given up after the watchdog, and announced each time', async () => {
    const { events } = await turn([{ hold: new Promise(() => undefined) }, { text: ['late'] }]);
    expect(of(events, 'provider-retry')).toHaveLength(1);
    expect(outline(events).at(-1)).toBe('turn-sealed');
  });

  test('every turn above has exactly one done and one turn-sealed, and no key of ours is in the log', async () => {
    const { events } = await turn([{ status: 401, body: '{"error":{"message":"bad key sk-test-0123456789"}}' }]);
    expect(of(events, 'done')).toHaveLength(1);
    expect(of(events, 'turn-sealed')).toHaveLength(1);
    expect(JSON.stringify(events)).not.toContain('sk-test-0123456789');
    expect(server.output).not.toContain('sk-test-0123456789');
    expect(readFileSync(join(server.dataDir, 'dispatch.db'), 'latin1')).not.toContain('sk-test-0123456789');
  });

  test('V13: stop aborts the request, keeps the partial text, and the next turn is valid', async () => {
    provider.inTurn({ text: Array.from({ length: 200 }, (_, i) => `w${i} `), pace: 10 });
    const conversationId = `turns-${++serial}`;
    let stopping: Promise<unknown> | undefined;
    const events = await server.chat({ conversationId, message: 'go' }, (event) => {
      if (event.type === 'text-delta') stopping ??= server.post(`/conversations/${conversationId}/stop`);
    });
    expect(await stopping).toEqual({ conversationId, abortedTurn: true });
    expect(of(events, 'done')[0]?.reason).toBe('aborted');
    const text = of(events, 'text-delta')
      .map((event) => event.delta)
      .join('');
    expect((await server.history(conversationId)).chunks[1]?.chunk).toEqual({ type: 'text', text });
    await turn([{ text: ['fine'] }], conversationId);
    expect(provider.seen[0]?.body.messages.slice(-3).map(({ role, content }) => [role, content])).toEqual([
      ['user', 'go'],
      ['assistant', text],
      ['user', 'go'],
    ]);
  });

  test('H21: a second message while a turn runs is refused and leaves no trace', async () => {
    provider.inTurn({ text: ['a', 'b', 'c'], pace: 100 });
    const conversationId = `turns-${++serial}`;
    let second: Promise<Response> | undefined;
    await server.chat({ conversationId, message: 'first' }, (event) => {
      if (event.type === 'turn-start') {
        second = fetch(`${server.url}/chat`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ conversationId, message: 'second' }),
        });
      }
    });
    expect((await second)?.status).toBe(409);
    expect(JSON.stringify(await server.history(conversationId))).not.toContain('second');
  });
});

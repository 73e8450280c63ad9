import { readFileSync, writeFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { selfSigned } from '../plugins/provider-openai-compat/self-signed.fixture.js';
import { begin, frame, json, lastFrame, of, pieces, type RawProvider, rawProvider, says, sse } from './provider.fixture.js';
import { freePort, RealServer } from './real-server.fixture.js';

let provider: RawProvider;
let server: RealServer;
const vouchless = createTlsServer(selfSigned());
const credential = (baseURL: string) => ({ provider: 'openai-compat', baseURL, apiKey: 'sk-test-0123456789' });

beforeAll(async () => {
  provider = await rawProvider();
  vouchless.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => vouchless.listen(0, '127.0.0.1', resolve));
  server = await RealServer.start({
    userConfig: {
      retry: { baseMs: 5, maxMs: 20, afterMaxMs: 60, tries: 3 },
      watchdog: { silenceMs: 400, firstByteMs: 600 },
      turn: { maxSteps: 12 },
      credentials: {
        raw: { ...credential(provider.baseURL), defaultModel: 'm' },
        gone: credential(`http://127.0.0.1:${await freePort()}/v1`),
        vouchless: credential(`https://localhost:${(vouchless.address() as AddressInfo).port}/v1`),
      },
    },
  });
  writeFileSync(join(server.cwd, 'a.txt'), 'alpha\n');
});
afterAll(async () => {
  await server.stop();
  await provider.close();
  await new Promise((resolve) => vouchless.close(resolve));
});

let serial = 0;
async function turn(model?: string, conversationId = `provider-${++serial}`) {
  const events = await server.chat({ conversationId, message: 'go', ...(model && { model }) });
  expect([of(events, 'done').length, of(events, 'turn-sealed').length]).toEqual([1, 1]);
  const { chunks } = await server.history(conversationId);
  return { events, chunks, reason: of(events, 'done')[0]?.reason, conversationId };
}

describe('V01: a provider that cannot be reached ends the turn with a typed error', () => {
  test('V01: after some tries, when the connection is refused', async () => {
    const { events, reason } = await turn('gone/m');
    expect(of(events, 'provider-retry').map(({ code }) => code)).toEqual(['network', 'network']);
    expect(of(events, 'error')).toMatchObject([{ code: 'network', message: expect.stringContaining('ECONNREFUSED') }]);
    expect(reason).toBe('error');
  });

  test('V01: at once, when nobody vouches for its certificate', async () => {
    const { events } = await turn('vouchless/m');
    expect(of(events, 'provider-retry')).toEqual([]);
    expect(of(events, 'error')).toMatchObject([{ code: 'network', message: expect.stringContaining('self-signed certificate') }]);
  });

  test('V01: at once, when it points elsewhere; the key stays where it is', async () => {
    const other = await rawProvider();
    provider.answer((response) => void response.writeHead(301, { location: `${other.baseURL}/chat/completions` }).end());
    const { events } = await turn();
    expect(of(events, 'error')).toMatchObject([{ code: 'http', message: expect.stringContaining('redirects are not followed') }]);
    expect([provider.asked().length, other.connections()]).toEqual([1, 0]);
    await other.close();
  });
});

test('V03: an answer that can never be had whole ends in a typed error, and the text so far is kept', async () => {
  provider.answer((response) => void begin(response).write(frame({ content: 'half' }), () => response.socket?.resetAndDestroy()));
  const { events, chunks, reason } = await turn();
  expect(of(events, 'provider-retry').map(({ discard }) => discard)).toEqual([true, true]);
  expect(of(events, 'error')).toMatchObject([{ code: 'network' }]);
  expect(reason).toBe('error');
  expect(chunks.map(({ chunk }) => chunk)).toMatchObject([
    { text: 'go' },
    { type: 'text', text: 'half' },
    { type: 'error', code: 'network' },
  ]);
});

describe('V04: an error status', () => {
  test.each([401, 402, 403, 404, 413, 422])('V04: %i is told and not tried again', async (status) => {
    provider.answer((response) => json(response, status, { error: { message: 'no, thank you' } }));
    const { events } = await turn();
    expect(of(events, 'error')).toMatchObject([{ code: 'http', message: expect.stringContaining(`answered ${status}: no, thank you`) }]);
    expect(provider.asked()).toHaveLength(1);
  });

  test.each([408, 409, 429, 500, 502, 503, 529])('V04: %i is tried again', async (status) => {
    provider.answer((response, request, number) =>
      number === 0
        ? void response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>Bad</h1>')
        : says('fine')(response, request, number),
    );
    const { events, reason } = await turn();
    expect(of(events, 'provider-retry')).toMatchObject([{ attempt: 0, code: 'http', message: expect.stringContaining(`${status}: Bad`) }]);
    expect(reason).toBe('stop');
  });

  test.each([
    ['99999', 60, 60],
    ['Fri, 31 Dec 2100 23:59:59 GMT', 0, 60],
    ['Wed, 21 Oct 2015 07:28:00 GMT', 0, 0],
    ['in a while', 1, 20],
  ])('V04: Retry-After: %s is waited for within limits', async (value, atLeast, atMost) => {
    provider.answer((response, request, number) =>
      number === 0 ? json(response, 429, {}, { 'retry-after': value }) : says('fine')(response, request, number),
    );
    const [{ delayMs = -1 } = {}] = of((await turn()).events, 'provider-retry');
    expect(delayMs).toBeGreaterThanOrEqual(atLeast);
    expect(delayMs).toBeLessThanOrEqual(atMost);
  });
});

test('V05: one event of ten megabytes is shown and stored whole', async () => {
  const long = 'ä'.repeat(5 * 1024 * 1024);
  provider.answer(says(long));
  const { events, chunks } = await turn();
  expect(of(events, 'text-delta').map(({ delta }) => delta === long)).toEqual([true]);
  expect(chunks.flatMap(({ chunk }) => (chunk.type === 'text' ? [chunk.text === long] : []))).toEqual([false, true]);
});

describe('V07: tool calls', () => {
  test('V07: of five megabytes in a thousand pieces are run', async () => {
    const content = 'x'.repeat(5 * 1024 * 1024);
    const args = JSON.stringify({ path: 'large.txt', content });
    const size = Math.ceil(args.length / 1000);
    const cuts = Array.from({ length: 1000 }, (_, i) => pieces({ index: 0, args: args.slice(i * size, (i + 1) * size) }));
    provider.answer((response, request, number) => {
      if (number > 0) return says('written')(response, request, number);
      sse(response, pieces({ index: 0, id: 'large', name: 'write_file', args: '' }), ...cuts, frame({}, 'tool_calls'), lastFrame);
    });
    const { events, reason } = await turn();
    expect(of(events, 'tool-result')).toMatchObject([{ toolCallId: 'large', isError: false }]);
    expect(readFileSync(join(server.cwd, 'large.txt'), 'utf8') === content).toBe(true);
    expect(reason).toBe('stop');
  });

  const read = '{"path":"a.txt"}';
  test.each([
    [
      'interleaved',
      [
        [0, 'c1'],
        [1, 'c2'],
      ],
      true,
    ],
    [
      'without ids',
      [
        [0, undefined],
        [1, undefined],
      ],
      false,
    ],
    [
      'with one id twice',
      [
        [0, 'same'],
        [1, 'same'],
      ],
      false,
    ],
    [
      'without indexes',
      [
        [undefined, 'c1'],
        [undefined, 'c2'],
      ],
      false,
    ],
  ] as const)('V07: %s are each answered once, under ids of their own', async (_, calls, interleaved) => {
    const [a, b] = calls.map(([index, id]) => ({ index, id }));
    const more = { offset: '{"path":"a.txt","offset":1}' };
    provider.answer((response, request, number) => {
      if (number > 0) return says('done')(response, request, number);
      const whole = [pieces({ ...a, name: 'read_file', args: read }), pieces({ ...b, name: 'read_file', args: more.offset })];
      const mixed = [
        pieces({ ...a, name: 'read_file', args: '{"path"' }, { ...b, name: 'read_file', args: '{"pa' }),
        pieces({ index: 1, args: 'th":"a.txt",' }, { index: 0, args: ':"a.txt"}' }),
        pieces({ index: 1, args: '"offset":1}' }),
      ];
      sse(response, ...(interleaved ? mixed : whole), frame({}, 'tool_calls'), lastFrame);
    });
    const { events, reason } = await turn();
    expect(of(events, 'tool-result').map(({ content, isError }) => [content, isError])).toEqual([
      ['1: alpha', false],
      ['1: alpha', false],
    ]);
    const messages = provider.asked()[1]?.json?.messages as { role: string; tool_calls?: { id: string }[]; tool_call_id?: string }[];
    const made = messages.flatMap(({ tool_calls = [] }) => tool_calls.map(({ id }) => id));
    expect(messages.flatMap(({ tool_call_id }) => tool_call_id ?? [])).toEqual(made);
    expect(new Set(made).size).toBe(2);
    expect(reason).toBe('stop');
  });

  test('V07: with empty arguments mean {}, and what is wrong with any goes back to the model', async () => {
    provider.answer((response, request, number) => {
      if (number > 0) return says('sorry')(response, request, number);
      const calls = [
        { index: 0, id: 'empty', name: 'read_file', args: '' },
        { index: 1, id: 'list', name: 'read_file', args: '[1]' },
        { index: 2, id: 'none', name: 'no_such_tool', args: '{}' },
      ];
      sse(response, pieces(...calls), frame({}, 'tool_calls'), lastFrame);
    });
    const { events, reason } = await turn();
    expect(of(events, 'tool-call').find(({ toolCallId }) => toolCallId === 'empty')?.input).toEqual({});
    const told = Object.fromEntries(of(events, 'tool-result').map(({ toolCallId, content, isError }) => [toolCallId, [isError, content]]));
    expect(told).toEqual({
      empty: [true, expect.stringContaining('path')],
      list: [true, expect.stringContaining('must be a JSON object')],
      none: [true, expect.stringContaining('there is no tool "no_such_tool"')],
    });
    expect(reason).toBe('stop');
  });
});

describe('V08: an end that does not fit', () => {
  test('V08: `stop` behind a call and text: the tool runs, and the turn goes on', async () => {
    provider.answer((response, request, number) => {
      if (number > 0) return says('done')(response, request, number);
      const call = pieces({ index: 0, id: 'c', name: 'read_file', args: '{"path":"a.txt"}' });
      sse(response, frame({ content: 'look' }), call, frame({}, 'stop'), lastFrame);
    });
    const { chunks, reason } = await turn();
    expect(chunks.map(({ chunk }) => chunk.type)).toEqual(['text', 'text', 'tool-call', 'tool-result', 'text']);
    expect(reason).toBe('stop');
  });

  test.each([
    ['tool_calls', 'stop'],
    ['length', 'length'],
    ['content_filter', 'content_filter'],
  ])('V08: `%s` without a call ends the turn with %s', async (finish, wanted) => {
    provider.answer((response) => sse(response, frame({ content: 'so' }), frame({}, finish), lastFrame));
    const { reason, chunks } = await turn();
    expect([reason, chunks.length, provider.asked().length]).toEqual([wanted, 2, 1]);
  });
});

describe('V09: a model that does not come to an end', () => {
  const call = (path: string) => [
    pieces({ index: 0, name: 'read_file', args: JSON.stringify({ path }) }),
    frame({}, 'tool_calls'),
    lastFrame,
  ];

  test('V09: the same call is not run a fourth time, and the model is told so', async () => {
    provider.answer((response, request, number) => (number < 5 ? sse(response, ...call('a.txt')) : says('oh')(response, request, number)));
    const { events, reason } = await turn();
    expect(of(events, 'tool-result').map(({ isError }) => isError)).toEqual([false, false, false, true, true]);
    expect(of(events, 'tool-result')[3]?.content).toContain('not run: this same call was made 3 steps running');
    expect(reason).toBe('stop');
  });

  test('V09: calls without end stop at the limit of steps', async () => {
    provider.answer((response, _, number) => sse(response, ...call(`no-${number}.txt`)));
    const { events, reason } = await turn();
    expect([reason, of(events, 'step-complete').length, of(events, 'tool-result').length]).toEqual(['max-steps', 12, 12]);
  });
});

describe('V11: an answer without words', () => {
  test('V11: that only thinks is kept as thinking', async () => {
    provider.answer((response) => sse(response, frame({ reasoning_content: 'hm' }), frame({}, 'stop'), lastFrame));
    const { chunks, reason, conversationId } = await turn();
    expect([reason, chunks.map(({ chunk }) => chunk)]).toEqual(['stop', [expect.anything(), { type: 'thinking', text: 'hm' }]]);
    provider.answer(says('well'));
    expect((await turn(undefined, conversationId)).reason).toBe('stop');
  });

  test('V11: that is empty ends the turn, and nothing is stored of it', async () => {
    provider.answer((response) => sse(response, frame({}, 'stop'), lastFrame));
    const { chunks, reason } = await turn();
    expect([reason, chunks.length]).toEqual(['stop', 1]);
  });

  test('V11: that has no body at all is tried again, and then is a typed error', async () => {
    provider.answer((response) => void begin(response).end());
    const { events } = await turn();
    expect(of(events, 'error')).toMatchObject([{ code: 'stream' }]);
    expect(provider.asked()).toHaveLength(3);
  });
});

test('V12: a single message that is too long is a typed failure, asked for once', async () => {
  provider.answer((response) => json(response, 400, { error: { message: 'too long', code: 'context_length_exceeded' } }));
  const { events, reason } = await turn();
  expect([reason, of(events, 'error')[0]?.code, provider.asked().length]).toEqual(['error', 'overflow', 1]);
});

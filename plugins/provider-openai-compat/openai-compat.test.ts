import { afterEach, describe, expect, test } from '@jest/globals';
import type { StepPart } from 'dispatch/kernel';
import { begin, frame, json, lastFrame, type Reply, sse } from './scripted-provider.fixture.js';
import { type Bench, bench, key, user } from './test-provider.fixture.js';

let at: Bench;
const serve = async (reply: Reply) => {
  at = await bench(reply);
  return at;
};
afterEach(() => at.close());

const texts = (parts: StepPart[]) => parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('');

describe('a streamed answer', () => {
  test('is told as open, deltas, usage and finish', async () => {
    await serve((response) =>
      sse(
        response,
        frame({ role: 'assistant', content: '' }),
        frame({ content: 'Hel' }),
        frame({ content: 'lo' }),
        frame({}, 'stop'),
        `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 12, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 8 } } })}\n\n`,
        lastFrame,
      ),
    );
    expect(await at.parts()).toEqual([
      { type: 'open' },
      { type: 'text', text: 'Hel' },
      { type: 'text', text: 'lo' },
      { type: 'usage', usage: { inputTokens: 12, outputTokens: 2, cacheReadTokens: 8 } },
      { type: 'finish', reason: 'stop' },
    ]);
    expect(at.server.requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/chat/completions',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      json: {
        model: 'm1',
        messages: [{ role: 'user', content: 'hello' }],
        stream: true,
        stream_options: { include_usage: true },
      },
    });
  });

  test('V11: may think, in either spelling', async () => {
    await serve((response) =>
      sse(response, frame({ reasoning_content: 'hm ' }), frame({ reasoning: 'well ' }), frame({ content: 'yes' }, 'stop')),
    );
    expect(await at.parts()).toEqual([
      { type: 'open' },
      { type: 'thinking', text: 'hm ' },
      { type: 'thinking', text: 'well ' },
      { type: 'text', text: 'yes' },
      { type: 'finish', reason: 'stop' },
    ]);
  });

  test('is open before its first delta', async () => {
    let go = () => {};
    await serve((response) => {
      begin(response).flushHeaders();
      go = () => response.end(frame({ content: 'x' }, 'stop'));
    });
    const iterator = at.stream()[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toEqual({ type: 'open' });
    go();
    expect((await iterator.next()).value).toEqual({ type: 'text', text: 'x' });
  });

  test('V03: that ends without a finish reason ends without finish', async () => {
    await serve((response) => sse(response, frame({ content: 'half' })));
    expect(await at.parts()).toEqual([{ type: 'open' }, { type: 'text', text: 'half' }]);
  });

  test('V05: survives frames with nothing in them', async () => {
    await serve((response) =>
      sse(
        response,
        ': ping\n\n',
        'data: {}\n\n',
        'data: {"choices":null}\n\n',
        'data: {"choices":[]}\n\n',
        'data: {"choices":[null]}\n\n',
        'data: {"choices":[{"delta":null,"finish_reason":null}]}\n\n',
        'data: null\n\ndata: 7\n\ndata:\n\n',
        'data: {"choices":[{"delta":{"content":null,"tool_calls":[null]}}]}\n\n',
        frame({ content: 'there' }, 'stop', { usage: null }),
        lastFrame,
      ),
    );
    expect(await at.parts()).toEqual([{ type: 'open' }, { type: 'text', text: 'there' }, { type: 'finish', reason: 'stop' }]);
  });

  test('V05: may be spelt with CRLF, comments, a byte order mark, no space, several data lines and any cuts', async () => {
    const text = `\ufeff: hi\r\ndata:${JSON.stringify({ choices: [{ delta: { content: 'größe 🎉' } }] })}\r\n\r\nevent: x\r\nid: 1\r\ndata: {"choices":\r\ndata: [{"delta":{"content":"!"},"finish_reason":"stop"}]}\r\n\r\ndata: [DONE]`;
    await serve(async (response) => {
      begin(response);
      for (const byte of Buffer.from(text)) {
        response.write(Buffer.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    });
    expect(await at.parts()).toEqual([
      { type: 'open' },
      { type: 'text', text: 'größe 🎉' },
      { type: 'text', text: '!' },
      { type: 'finish', reason: 'stop' },
    ]);
  });

  test('may come as one document though a stream was asked for', async () => {
    await serve((response) =>
      json(response, 200, {
        choices: [{ message: { role: 'assistant', content: 'whole' }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 1, completion_tokens: 1 },
      }),
    );
    expect(await at.parts()).toEqual([
      { type: 'open' },
      { type: 'text', text: 'whole' },
      { type: 'usage', usage: { inputTokens: 1, outputTokens: 1 } },
      { type: 'finish', reason: 'stop' },
    ]);
  });

  test('may be called JSON though it is a stream of events', async () => {
    await serve((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(frame({ content: 'x' }, 'stop') + lastFrame);
    });
    expect(texts(await at.parts())).toBe('x');
  });

  test('V05: may be ten megabytes in one event', async () => {
    const long = 'x'.repeat(10 * 1024 * 1024);
    await serve((response) => sse(response, frame({ content: long }, 'stop')));
    expect(texts(await at.parts())).toHaveLength(long.length);
  });

  test('of 20000 deltas is whole for a reader that is slow', async () => {
    await serve((response) => {
      begin(response);
      for (let i = 0; i < 20_000; i++) response.write(frame({ content: `${i} ` }));
      response.end(frame({}, 'stop'));
    });
    const got: string[] = [];
    for await (const part of at.stream()) {
      if (part.type === 'text') got.push(part.text);
      if (got.length % 2000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(got).toEqual(Array.from({ length: 20_000 }, (_, i) => `${i} `));
  });
});

describe('a connection', () => {
  test('serves one step after another, and the listeners on the signal go with each', async () => {
    await serve((response) => sse(response, frame({ content: 'x' }, 'stop'), lastFrame));
    const { signal } = new AbortController();
    for (let i = 0; i < 20; i++) await at.parts({ signal });
    expect(at.server.connections()).toBe(1);
  });

  test('closed by the server while it was idle is replaced without an error', async () => {
    await serve((response, _request, number) => {
      if (number === 1) response.socket?.destroy();
      else sse(response, frame({ content: `${number}` }, 'stop'), lastFrame);
    });
    expect(texts(await at.parts())).toBe('0');
    expect(texts(await at.parts())).toBe('2');
  });

  test('without a key carries no authorization, also when the environment has one', async () => {
    await serve((response) => sse(response, frame({ content: 'x' }, 'stop')));
    const before = process.env.OPENAI_API_KEY;
    process.env.OPENAI_API_KEY = 'sk-of-someone-else';
    try {
      at.credential.apiKey = undefined;
      at.credential.headers = { 'x-extra': 'yes' };
      await at.parts();
    } finally {
      if (before === undefined) delete process.env.OPENAI_API_KEY;
      else process.env.OPENAI_API_KEY = before;
    }
    const { headers } = at.server.requests[0] as (typeof at.server.requests)[0];
    expect([headers.authorization, headers['x-extra']]).toEqual([undefined, 'yes']);
  });
});

describe('effort', () => {
  const efforts = (): unknown[] => at.server.requests.map((request) => request.json?.reasoning_effort);
  const refuse: Reply = (response, request) => {
    if (request.json?.reasoning_effort === undefined) sse(response, frame({ content: 'fine' }, 'stop'));
    else json(response, 400, { error: { message: "Unsupported parameter: 'reasoning_effort'", type: 'invalid' } });
  };

  test('is sent, the highest ones as high', async () => {
    await serve((response) => sse(response, frame({ content: 'x' }, 'stop')));
    for (const effort of ['low', 'medium', 'high', 'xhigh', 'max'] as const) await at.parts({ effort });
    await at.parts();
    expect(efforts()).toEqual(['low', 'medium', 'high', 'high', 'high', undefined]);
  });

  test('is left out at once, and from then on, for a model that refuses it', async () => {
    await serve(refuse);
    expect(texts(await at.parts({ effort: 'high' }))).toBe('fine');
    expect(texts(await at.parts({ effort: 'high' }))).toBe('fine');
    expect(texts(await at.parts({ effort: 'high', model: 'm2' }))).toBe('fine');
    expect(efforts()).toEqual(['high', undefined, undefined, 'high', undefined]);
    expect(at.log).toHaveLength(2);
  });
});

test('other fields a model refuses are changed too', async () => {
  await serve((response, request) => {
    const { max_tokens, stream_options, messages } = request.json as Record<string, unknown>;
    if (max_tokens !== undefined)
      json(response, 400, { error: { message: "'max_tokens' is not supported. Use 'max_completion_tokens' instead." } });
    else if (stream_options !== undefined) json(response, 422, { detail: [{ msg: 'extra field: stream_options' }] });
    else if (!JSON.stringify(messages).includes('"reasoning_content":"hm"'))
      json(response, 400, { error: { message: 'reasoning_content is missing in assistant message at index 1' } });
    else sse(response, frame({ content: 'fine' }, 'stop'));
  });
  const thought = {
    role: 'assistant',
    chunks: [
      { type: 'thinking', text: 'hm' },
      { type: 'text', text: 'a' },
    ],
  } as const;
  expect(texts(await at.parts({ maxOutputTokens: 1, messages: [user('a'), thought, user('b')] }))).toBe('fine');
  expect(at.server.requests.at(-1)?.json).toMatchObject({ max_completion_tokens: 1 });
});

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { StepPart } from 'dispatch/kernel';
import { testClock } from 'dispatch/testing';
import { begin, frame, json, lastFrame, type Reply, scriptedProvider, sse } from './scripted-provider.fixture.js';
import { type Bench, bench, failure, key } from './test-provider.fixture.js';

let at: Bench;
const serve = async (reply: Reply) => {
  at = await bench(reply);
  return at;
};
afterEach(() => at.close());

/** What came before the error, and the error. */
async function broken() {
  const parts: StepPart[] = [];
  const error = await failure(
    (async () => {
      for await (const part of at.stream()) parts.push(part);
    })(),
  );
  return { parts, error };
}

describe('an answer with an error status', () => {
  const cases: [number, unknown, Record<string, string>, object][] = [
    [401, { error: { message: 'bad key' } }, {}, { code: 'http', retryable: false, message: 'bad key' }],
    [402, { message: 'no credit' }, {}, { code: 'http', retryable: false, message: 'no credit' }],
    [403, { error: 'not yours' }, {}, { code: 'http', retryable: false, message: 'not yours' }],
    [404, { detail: 'no such model' }, {}, { code: 'http', retryable: false, message: 'no such model' }],
    [408, {}, {}, { code: 'http', retryable: true, message: '408' }],
    [409, [{ error: { message: 'conflict' } }], {}, { code: 'http', retryable: true, message: 'conflict' }],
    [413, { error: { message: 'entity too big' } }, {}, { code: 'http', retryable: false, message: 'entity too big' }],
    [429, { error: { message: 'slow' } }, { 'retry-after': '7' }, { retryable: true, retryAfterMs: 7000 }],
    [429, {}, { 'retry-after': '99999' }, { retryable: true, retryAfterMs: 99_999_000 }],
    [429, {}, { 'retry-after': 'soon, dear' }, { retryable: true, retryAfterMs: undefined }],
    [429, {}, { 'retry-after': '3', 'retry-after-ms': '250' }, { retryable: true, retryAfterMs: 250 }],
    [429, {}, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, { retryable: true, retryAfterMs: 0 }],
    [500, { error: { message: 'oops' } }, {}, { code: 'http', retryable: true, message: 'oops' }],
    [529, { error: { message: 'overloaded' } }, {}, { code: 'http', retryable: true, message: 'overloaded' }],
    [599, '', {}, { code: 'http', retryable: true }],
  ];
  test.each(cases)('V04: %i %j %j is told in the words of the provider', async (status, body, headers, wanted) => {
    await serve((response) => json(response, status, body, headers));
    const { parts, error } = await broken();
    const { message = '', ...rest } = wanted as { message?: string };
    expect(parts).toEqual([]);
    expect(error).toMatchObject({ status, ...rest });
    expect(error.message).toContain(message);
    expect(error.message).toContain(`test (${new URL(at.server.baseURL).host}) answered ${status}`);
  });

  test('V04: and a page of HTML is told without the tags', async () => {
    const page = '<html><head><title>t</title><style>b{}</style></head><body><h1>502 Bad&nbsp;Gateway</h1>nginx</body></html>';
    await serve((response) => void response.writeHead(502, { 'content-type': 'text/html' }).end(page));
    const { error } = await broken();
    expect(error).toMatchObject({ status: 502, retryable: true });
    expect(error.message).toMatch(/answered 502: 502 Bad Gateway nginx$/);
  });

  test('never shows the key, though the provider repeats it', async () => {
    await serve((response) => json(response, 401, { error: { message: `Incorrect API key provided: ${key}` } }));
    const { error } = await broken();
    expect(error.message).toContain('Incorrect API key provided: ***');
    expect(JSON.stringify([error, error.cause, error.stack])).not.toContain(key);
  });

  test('V04: and an endless body is cut', async () => {
    await serve((response) => {
      response.writeHead(500, { 'content-type': 'text/plain' });
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    expect((await broken()).error).toMatchObject({ status: 500, retryable: true });
  });

  test.each([
    [400, { error: { code: 'context_length_exceeded', message: 'too much' } }],
    [400, { object: 'error', message: "This model's maximum context length is 4096 tokens. However, you requested 5000" }],
    [400, { error: { message: 'the request exceeds the available context size', type: 'exceed_context_size_error' } }],
    [400, { type: 'error', error: { type: 'invalid_request_error', message: 'prompt is too long: 210000 tokens > 200000' } }],
    [413, { error: { message: 'Request too large', type: 'request_too_large' } }],
  ])('V12: %i %j means that the context is full', async (status, body) => {
    await serve((response) => json(response, status, body));
    expect((await broken()).error).toMatchObject({ code: 'overflow', retryable: false, status });
  });

  test('that redirects names the host and does not go there', async () => {
    const other = await scriptedProvider((response) => sse(response, frame({ content: 'stolen' }, 'stop')));
    await serve((response) => void response.writeHead(307, { location: `${other.baseURL}/chat/completions` }).end());
    const { error } = await broken();
    expect(error).toMatchObject({ status: 307, retryable: false });
    expect(error.message).toContain(`points to ${new URL(other.baseURL).host}`);
    expect(other.requests).toEqual([]);
    await other.close();
  });
});

describe('an answer that is no stream of events', () => {
  test.each(['text/html; charset=utf-8', 'text/plain'])('but a web page (%s) says to check the base URL', async (type) => {
    await serve((response) => void response.writeHead(200, { 'content-type': type }).end('<!DOCTYPE html><p>Welcome'));
    const { error } = await broken();
    expect(error).toMatchObject({ code: 'http', retryable: false, status: 200 });
    expect(error.message).toContain('check the base URL');
  });
});

describe('a stream that breaks', () => {
  test('V03: by a reset is a network failure after what was told', async () => {
    await serve((response) => {
      begin(response).write(frame({ content: 'half' }), () => response.socket?.resetAndDestroy());
    });
    const { parts, error } = await broken();
    expect(parts).toEqual([{ type: 'open' }, { type: 'text', text: 'half' }]);
    expect(error).toMatchObject({ code: 'network', retryable: true });
  });

  test('V03: after its finish reason has lost nothing', async () => {
    await serve((response) => {
      begin(response).write(frame({ content: 'all' }, 'stop'), () => response.socket?.resetAndDestroy());
    });
    expect(await at.parts()).toContainEqual({ type: 'finish', reason: 'stop' });
  });

  test('V03: by an event that is no JSON is a stream failure', async () => {
    await serve((response) => sse(response, frame({ content: 'a' }), 'data: {"choices":[{"delta":{"content":"oops\n\n'));
    const { parts, error } = await broken();
    expect(parts).toEqual([{ type: 'open' }, { type: 'text', text: 'a' }]);
    expect(error).toMatchObject({ code: 'stream', retryable: true });
  });

  test.each([
    [
      { message: 'Overloaded', type: 'overloaded_error' },
      { code: 'stream', retryable: true },
    ],
    [
      { message: 'upstream', code: 502 },
      { code: 'http', status: 502, retryable: true },
    ],
    [
      { message: 'bad', code: 400 },
      { code: 'http', status: 400, retryable: false },
    ],
    [
      { message: 'maximum context length is 8', code: 400 },
      { code: 'overflow', retryable: false },
    ],
    ['plain words', { code: 'stream', retryable: true }],
  ])('by the error %j is told so', async (error, wanted) => {
    await serve((response) => sse(response, frame({ content: 'a' }), `data: ${JSON.stringify({ error })}\n\n`, lastFrame));
    expect((await broken()).error).toMatchObject(wanted);
  });
});

describe('a provider that is not there', () => {
  test('V01: is a network failure', async () => {
    await serve(() => {});
    await at.server.close();
    const { error } = await broken();
    expect(error).toMatchObject({ code: 'network', retryable: true });
    expect(error.message).toContain('ECONNREFUSED');
  });

  test('V01: or never shakes hands is given up after the connect limit', async () => {
    const mute = createServer((socket) => socket.on('error', () => {}).resume());
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const clock = testClock();
    at = await bench(() => {}, clock);
    at.credential.baseURL = `https://127.0.0.1:${(mute.address() as AddressInfo).port}/v1`;
    const connected = new Promise((resolve) => mute.once('connection', resolve));
    const failing = broken();
    await connected;
    await clock.advance(30_000);
    const { error } = await failing;
    expect(error).toMatchObject({ code: 'timeout', retryable: true });
    expect(error.message).toContain('no connection within 30 s');
    await new Promise((resolve) => mute.close(resolve));
  });

  test('or has no usable address says what to set', async () => {
    await serve(() => {});
    at.credential.baseURL = 'ftp://host/v1';
    expect((await broken()).error).toMatchObject({ retryable: false });
  });
});

import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { StepPart } from 'dispatch/kernel';
import { AnswerReader } from './answer-reader.js';
import {
  begin,
  frame,
  json,
  lastFrame,
  muteProvider,
  type Reply,
  type ScriptedProvider,
  scriptedProvider,
  sse,
} from './scripted-provider.fixture.js';
import { selfSigned } from './self-signed.fixture.js';
import { type Bench, bench, failure, key } from './test-provider.fixture.js';

let at: Bench;
const others: Pick<ScriptedProvider, 'close'>[] = [];
const serve = async (reply: Reply) => {
  at = await bench(reply);
  return at;
};
afterEach(async () => {
  await at.close();
  for (const other of others.splice(0)) await other.close();
});

const models = () => at.provider.models(at.credential, new AbortController().signal);

describe('V01: a provider that cannot be reached', () => {
  test('V01: because its name is not known is a network failure that may pass', async () => {
    await serve(() => {});
    at.credential.baseURL = 'https://no-such-host.invalid/v1';
    const error = await failure(at.parts());
    expect(error).toMatchObject({ code: 'network', retryable: true });
    expect(error.message).toMatch(/^test \(no-such-host\.invalid\) could not be reached: .*(ENOTFOUND|EAI_AGAIN)/);
  });

  test('V01: because nobody vouches for its certificate is a failure for good, and is sent nothing', async () => {
    let requests = 0;
    const server = createTlsServer(selfSigned(), () => requests++);
    server.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await serve(() => {});
    at.credential.baseURL = `https://localhost:${(server.address() as AddressInfo).port}/v1`;
    for (const ask of [() => at.parts(), models]) {
      const error = await failure(ask());
      expect(error).toMatchObject({ code: 'network', retryable: false });
      expect(error.message).toMatch(/self-signed certificate/);
    }
    expect(requests).toBe(0);
    await new Promise((resolve) => server.close(resolve));
  });

  test.each([301, 302, 303, 307, 308])('V01: because it answers %i is not followed, and its key stays where it is', async (status) => {
    const other = await scriptedProvider((response) => sse(response, frame({ content: 'stolen' }, 'stop')));
    others.push(other);
    await serve((response, request) => {
      const location = `${other.baseURL}${request.path.slice('/v1'.length)}`;
      response.writeHead(status, { location }).end();
    });
    for (const ask of [() => at.parts(), models]) {
      const error = await failure(ask());
      expect(error).toMatchObject({ code: 'http', status, retryable: false });
      expect(error.message).toContain(`points to ${new URL(other.baseURL).host}; redirects are not followed`);
    }
    expect(at.server.requests.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${key}`, `Bearer ${key}`]);
    expect([other.requests, other.connections()]).toEqual([[], 0]);
  });
});

describe('V03: an answer that stops half-way', () => {
  test.each([
    ['without the last event', (): string[] => [frame({ content: 'half' })]],
    ['inside an event', (): string[] => [frame({ content: 'half' }), 'data: {"choi']],
  ])('V03: %s keeps what came, and has no finish', async (_, events) => {
    await serve((response) => sse(response, ...events()));
    const parts: StepPart[] = [];
    const reading = (async () => {
      for await (const part of at.stream()) parts.push(part);
    })();
    await reading.catch(() => undefined);
    expect(parts).toEqual([{ type: 'open' }, { type: 'text', text: 'half' }]);
  });
});

test('V05: one event that never ends is a failure, not memory for ever', () => {
  const reader = new AnswerReader('test');
  const piece = Buffer.alloc(1024 * 1024, 'x');
  reader.take(Buffer.from('data: "'));
  for (let i = 0; i < 65 && !reader.done; i++) reader.take(piece);
  expect(reader.failure).toMatchObject({ code: 'stream', retryable: true });
  expect(reader.failure?.message).toContain('longer than 64 MiB');
});

describe('V07: a tool call', () => {
  const callOf = (parts: readonly StepPart[]) => parts.flatMap((part) => (part.type === 'call' ? [part.input ?? ''] : [])).join('');

  test('V07: of five megabytes, in one piece and in a thousand, is whole', async () => {
    const args = JSON.stringify({ content: 'x'.repeat(5 * 1024 * 1024) });
    const size = Math.ceil(args.length / 1000);
    const cuts = Array.from({ length: 1000 }, (_, i) => args.slice(i * size, (i + 1) * size));
    await serve((response, _, number) => {
      const first = { index: 0, id: 'c', function: { name: 'f', arguments: '' } };
      const pieces = (number === 0 ? [args] : cuts).map((each) => frame({ tool_calls: [{ index: 0, function: { arguments: each } }] }));
      sse(response, frame({ tool_calls: [first] }), ...pieces, frame({}, 'tool_calls'), lastFrame);
    });
    expect(callOf(await at.parts()) === args).toBe(true);
    expect(callOf(await at.parts()) === args).toBe(true);
  });
});

describe('V08: an end that does not fit', () => {
  test('V08: a call that ends with `stop` is told, and `tool_calls` without one is only an end', async () => {
    await serve((response, _, number) => {
      const call = { tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '{}' } }] };
      if (number === 0) sse(response, frame({ content: 'look' }), frame(call), frame({}, 'stop'));
      else sse(response, frame({ content: 'look' }), frame({}, 'tool_calls'));
    });
    expect((await at.parts()).map(({ type }) => type)).toEqual(['open', 'text', 'call', 'finish']);
    expect((await at.parts()).at(-1)).toEqual({ type: 'finish', reason: 'tool_calls' });
  });
});

describe('V11: an answer', () => {
  test('V11: that only thinks, or says nothing at all, comes to its end', async () => {
    await serve((response, _, number) => {
      if (number === 0) sse(response, frame({ reasoning_content: 'hm' }), frame({}, 'stop'), lastFrame);
      else sse(response, frame({}, 'stop'), lastFrame);
    });
    expect((await at.parts()).slice(1)).toEqual([
      { type: 'thinking', text: 'hm' },
      { type: 'finish', reason: 'stop' },
    ]);
    expect((await at.parts()).slice(1)).toEqual([{ type: 'finish', reason: 'stop' }]);
  });

  test('V11: that is an empty body is an end without a finish', async () => {
    await serve((response) => void begin(response).end());
    expect(await at.parts()).toEqual([{ type: 'open' }]);
  });
});

test('V13: aborting while the connection is made closes it', async () => {
  const control = new AbortController();
  await serve(() => {});
  const mute = await muteProvider();
  others.push(mute);
  at.credential.baseURL = mute.baseURL;
  const failing = failure(at.parts({ signal: control.signal }));
  while (mute.open() === 0) await new Promise((resolve) => setImmediate(resolve));
  control.abort();
  expect(await failing).toMatchObject({ code: 'aborted', retryable: false });
  await mute.quiet();
});

describe('K03: a key is bound to its base URL', () => {
  const ok: Reply = (response) => sse(response, frame({ content: 'x' }, 'stop'), lastFrame);

  test.each([
    ['http://api.example.com/v1', 'would send the key unencrypted to api.example.com: use https'],
    ['http://127.0.0.1.example.com/v1', 'unencrypted to 127.0.0.1.example.com'],
    ['file:///etc/passwd', 'begins with file:'],
    ['https://me:secret@api.example.com/v1', 'holds a user name or password'],
    ['api.example.com/v1', 'is no address'],
    [undefined, 'has no base URL'],
  ])('K03: with %s it is refused where it is used', async (baseURL, words) => {
    await serve(ok);
    at.credential.baseURL = baseURL;
    for (const ask of [() => at.parts(), models]) {
      const error = await failure(ask());
      expect(error).toMatchObject({ code: 'http', retryable: false });
      expect(error.message).toMatch(/^credential "test" cannot be used: it/);
      expect(error.message).toContain(words);
      expect(error.message).not.toContain('secret');
    }
  });

  test('K03: a header that holds a secret counts as one', async () => {
    await serve(ok);
    Object.assign(at.credential, { baseURL: 'http://api.example.com/v1', apiKey: undefined, headers: { 'X-Api-Key': 'k-123456' } });
    expect((await failure(at.parts())).message).toContain('unencrypted');
  });

  test('K03: a slash at the end makes no difference, and no /v1 is said only where it fails', async () => {
    await serve((response, request) => {
      if (request.path.startsWith('/v1/')) return ok(response, request, 0);
      json(response, 404, { error: { message: 'no route' } });
    });
    const { baseURL } = at.server;
    at.credential.baseURL = `${baseURL}//`;
    await at.parts();
    at.credential.baseURL = new URL(baseURL).origin;
    expect((await failure(at.parts())).message).toContain('check the model name, and the base URL: it mostly ends in /v1');
    expect(at.server.requests.map(({ path }) => path)).toEqual(['/v1/chat/completions', '/chat/completions']);
  });

  test('K03: a key learnt for one origin never goes to another', async () => {
    await serve(ok);
    const other = await scriptedProvider(ok);
    others.push(other);
    await at.parts();
    at.credential.baseURL = other.baseURL;
    at.credential.apiKey = undefined;
    await at.parts();
    at.credential.apiKey = 'sk-of-the-other';
    await at.parts();
    expect(at.server.requests.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${key}`]);
    expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, 'Bearer sk-of-the-other']);
  });
});

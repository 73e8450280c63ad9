import { afterEach, expect, test } from '@jest/globals';
import type { StepPart } from 'dispatch/kernel';
import { begin, frame, type Reply, sse } from './scripted-provider.fixture.js';
import { type Bench, bench, failure } from './test-provider.fixture.js';

let at: Bench;
const serve = async (reply: Reply) => {
  at = await bench(reply);
  return at;
};
afterEach(() => at.close());

test('V13: aborting before the request sends nothing', async () => {
  await serve((response) => sse(response));
  expect(await failure(at.parts({ signal: AbortSignal.abort() }))).toMatchObject({ code: 'aborted', retryable: false });
  expect(at.server.requests).toEqual([]);
});

test('V13: aborting while the answer is awaited closes the connection', async () => {
  const control = new AbortController();
  await serve(() => control.abort());
  expect(await failure(at.parts({ signal: control.signal }))).toMatchObject({ code: 'aborted' });
  await at.server.quiet();
});

test('V13: aborting in the middle of the answer closes the connection, and the next step works', async () => {
  const control = new AbortController();
  await serve((response, _request, number) => {
    if (number === 0) begin(response).write(frame({ content: 'a' }));
    else sse(response, frame({ content: 'b' }, 'stop'));
  });
  const parts: StepPart[] = [];
  const reading = (async () => {
    for await (const part of at.stream({ signal: control.signal })) {
      parts.push(part);
      if (part.type === 'text') control.abort();
    }
  })();
  expect(await failure(reading)).toMatchObject({ code: 'aborted' });
  expect(parts).toEqual([{ type: 'open' }, { type: 'text', text: 'a' }]);
  await at.server.quiet();
  expect(await at.parts()).toContainEqual({ type: 'text', text: 'b' });
});

test('V13: aborting while the body of an error is read closes the connection', async () => {
  const control = new AbortController();
  await serve((response) => {
    response.writeHead(500, { 'content-type': 'text/plain' }).write('half', () => setImmediate(() => control.abort()));
  });
  expect(await failure(at.parts({ signal: control.signal }))).toMatchObject({ retryable: expect.any(Boolean) });
  await at.server.quiet();
});

test('a reader that leaves closes the connection', async () => {
  await serve((response) => void begin(response).write(frame({ content: 'a' })));
  for await (const part of at.stream()) if (part.type === 'text') break;
  await at.server.quiet();
  expect(at.server.open()).toBe(0);
});

test('aborting after the end does nothing', async () => {
  const control = new AbortController();
  await serve((response) => sse(response, frame({ content: 'a' }, 'stop')));
  expect(await at.parts({ signal: control.signal })).toHaveLength(3);
  control.abort();
  expect(await at.parts()).toHaveLength(3);
  expect(at.server.connections()).toBe(1);
});

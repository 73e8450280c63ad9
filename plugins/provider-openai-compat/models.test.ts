import { afterEach, expect, test } from '@jest/globals';
import { json, type Reply } from './scripted-provider.fixture.js';
import { type Bench, bench, failure, key } from './test-provider.fixture.js';

let at: Bench;
afterEach(() => at.close());

const models = async (reply: Reply, signal = new AbortController().signal) => {
  at = await bench(reply);
  return at.provider.models(at.credential, signal);
};

test('models are asked for with the key', async () => {
  expect(await models((response) => json(response, 200, { data: [{ id: 'a', context_length: 8 }] }))).toEqual([
    { id: 'a', contextWindow: 8 },
  ]);
  expect(at.server.requests[0]).toMatchObject({
    method: 'GET',
    path: '/v1/models',
    headers: { authorization: `Bearer ${key}` },
  });
});

test('a refusal is told without the key', async () => {
  const error = await failure(models((response) => json(response, 401, { error: { message: `no ${key}` } })));
  expect(error).toMatchObject({ code: 'http', status: 401, retryable: false });
  expect(error.message).toContain('no ***');
});

test('a web page, and an answer that is no list, say to check the base URL', async () => {
  const page = await failure(models((response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')));
  await at.close();
  const odd = await failure(models((response) => json(response, 200, { ok: true })));
  expect([page.message, odd.message]).toEqual([
    expect.stringContaining('check the base URL'),
    expect.stringContaining('check the base URL'),
  ]);
});

test('aborting closes the connection', async () => {
  const control = new AbortController();
  const error = await failure(models(() => control.abort(), control.signal));
  expect(error.code).toBe('aborted');
  await at.server.quiet();
});

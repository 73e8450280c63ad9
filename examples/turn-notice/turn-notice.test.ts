import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { EventListeners } from 'dispatch/kernel';
import { hostWith } from 'dispatch/testing';
import turnNotice from './index.ts';

test('a long turn that has ended is told of, with the token; a short one is not', async () => {
  const told: unknown[] = [];
  const receiver = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    told.push({ body: JSON.parse(body), authorization: request.headers.authorization });
    response.end();
    receiver.emit('told');
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const host = await hostWith([turnNotice], { settings: { url, token: 'abc', minSeconds: 10 } });
  const [listener] = host.get(EventListeners);
  const done = { type: 'done', conversationId: 'c', turnId: 't', reason: 'stop' } as const;
  listener?.onEvent({ ...done, durationMs: 9_000 });
  listener?.onEvent({ ...done, durationMs: 61_000 });
  await once(receiver, 'told');
  assert.deepEqual(told, [{ body: { text: 'conversation c: stop after 61 s' }, authorization: 'Bearer abc' }]);
  await host.stop();
  receiver.close();
  receiver.closeAllConnections();
});

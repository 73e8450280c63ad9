import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SocketClient, SocketHandlers } from 'dispatch/contracts';
import { hostWith } from 'dispatch/testing';
import WhoIsHere from './index.ts';

/** A client as the plugin sees it; `got` has what it was sent. */
function client(id: string) {
  const got: unknown[] = [];
  const listeners: (() => void)[] = [];
  const close = () => listeners.splice(0).forEach((listener) => void listener());
  const its: SocketClient = {
    id,
    send: (message) => got.push(message),
    sendPrepared: () => true,
    close,
    onClose: (each) => listeners.push(each),
  };
  return { its, got };
}

test('tells everybody who has come and who has left', async () => {
  const host = await hostWith([WhoIsHere]);
  const say = host.get(SocketHandlers)[0]?.messages[0];
  const [ada, bob] = [client('a'), client('b')];
  await say?.handle({ name: 'Ada' }, ada.its);
  await say?.handle({ name: 'Bob' }, bob.its);
  assert.throws(() => say?.handle({ name: 'Ada' }, bob.its), { name: 'MessageRefused' });
  bob.its.close(1000, 'bye');
  const lists = [['Ada'], ['Ada', 'Bob'], ['Ada']].map((names) => ({ type: 'here:list', names }));
  assert.deepEqual(ada.got, lists);
  await host.stop();
});

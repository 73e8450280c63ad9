import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventListeners } from 'dispatch/kernel';
import { hostWith } from 'dispatch/testing';
import TurnLog from './index.ts';

test('writes one line a turn', async () => {
  const host = await hostWith([TurnLog]);
  const of = { conversationId: 'c', turnId: 't' };
  for (const listener of host.get(EventListeners)) {
    listener.onEvent({ ...of, type: 'tool-call', stepId: 't#0', toolCallId: '1', toolName: 'dice', input: {} });
    listener.onEvent({ ...of, type: 'done', reason: 'stop', durationMs: 12, usage: { inputTokens: 30, outputTokens: 4 } });
  }
  assert.deepEqual(host.logger.records, ['info a turn ended (stop) after 12 ms, with 1 tools and 34 tokens']);
  await host.stop();
});

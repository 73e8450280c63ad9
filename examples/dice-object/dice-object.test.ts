import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostWith, useTool } from 'dispatch/testing';
import dice from './index.ts';

test('takes what it rolls from the clock that it is handed', async () => {
  const host = await hostWith([dice]);
  await host.clock.advance(2);
  assert.equal((await useTool(host, 'dice_object')).content, String(1 + (host.clock.now() % 6)));
  await host.stop();
});

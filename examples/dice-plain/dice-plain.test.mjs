import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostWith, useTool } from 'dispatch/testing';
import Dice from './dice-plain.mjs';

test('takes what it rolls from the clock that it is handed', async () => {
  const host = await hostWith([Dice]);
  const expected = String(1 + (host.clock.now() % 6));
  assert.deepEqual(await useTool(host, 'dice_plain'), { content: expected, isError: false });
  await host.stop();
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostWith, useTool } from 'dispatch/testing';
import Dice from './index.ts';

test('rolls one to six', async () => {
  const host = await hostWith([Dice]);
  for (let i = 0; i < 50; i++) assert.match((await useTool(host, 'dice')).content, /^[1-6]$/);
  await host.stop();
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import skills from 'dispatch/plugins/skills';
import { hostWith, useTool } from 'dispatch/testing';
import TeaSkill from './index.mjs';

test('tells a model how to brew tea', async () => {
  const host = await hostWith([skills, TeaSkill]);
  const { content } = await useTool(host, 'load_skill', { name: 'brew-tea' }, { cwd: import.meta.dirname });
  assert.match(content, /One spoon for each guest/);
  await host.stop();
});

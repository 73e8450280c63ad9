import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallFilters } from 'dispatch/contracts';
import { hostWith, toolContext } from 'dispatch/testing';
import CarefulShell from './index.ts';

test('refuses what cannot be taken back, and nothing else', async () => {
  const host = await hostWith([CarefulShell]);
  const [filter] = host.get(CallFilters);
  const verdict = (command: string) => filter?.before?.({ toolName: 'run_shell', input: { command } }, toolContext());
  assert.deepEqual(await verdict('rm -rf build'), { refuse: '"rm -rf build" cannot be taken back; ask the user to run it' });
  assert.equal(await verdict('ls -la'), undefined);
  assert.equal(await filter?.before?.({ toolName: 'read_file', input: {} }, toolContext()), undefined);
  await host.stop();
});

test('hides whose home it is', async () => {
  const host = await hostWith([CarefulShell]);
  const [filter] = host.get(CallFilters);
  const call = { toolName: 'run_shell', input: {} };
  const answer = await filter?.after?.({ content: '/home/ada/notes.txt', isError: false }, call, toolContext());
  assert.deepEqual(answer, { content: '~/notes.txt', isError: false });
  await host.stop();
});

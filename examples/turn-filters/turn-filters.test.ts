import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Message, MessageFilters, PromptFilters, type Tool, ToolFilters } from 'dispatch/kernel';
import { hostWith, type TestHost, useFilters } from 'dispatch/testing';
import turnFilters from './index.ts';

let host: TestHost;
before(async () => {
  host = await hostWith(turnFilters);
});
after(() => host.stop());

const tool = (name: string): Tool => ({ name, description: '', input: {}, execute: () => '' });

test('the workspace for looking has no tools that change anything', async () => {
  const tools = [tool('read_file'), tool('run_shell'), tool('grep')];
  assert.deepEqual(await useFilters(host, ToolFilters, tools, { workspaceId: 'default' }), tools);
  const left = await useFilters(host, ToolFilters, tools, { workspaceId: 'look' });
  assert.deepEqual(
    left.map(({ name }) => name),
    ['read_file', 'grep'],
  );
});

test('the prompt gets a rule at its end', async () => {
  assert.equal(await useFilters(host, PromptFilters, 'Be brief.'), 'Be brief.\nAnswer in the language of the question.');
});

test('no address reaches the provider', async () => {
  const said = (text: string): readonly Message[] => [{ role: 'user', chunks: [{ type: 'text', text }] }];
  assert.deepEqual(await useFilters(host, MessageFilters, said('Write to ada@example.com.')), said('Write to <address>'));
});

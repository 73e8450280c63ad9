import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { definePlugin, Tools } from 'dispatch/kernel';
import { hostWith, type TestHost, toolContract } from 'dispatch/testing';
import storage from '../storage-sqlite/index.js';
import { Surfaces, SurfaceUpdates } from '../surface-registry/contract.js';
import { Todos } from './contract.js';
import todo from './index.js';

const folders: string[] = [];
const hosts: TestHost[] = [];
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function start(dataDir = realpathSync(mkdtempSync(join(tmpdir(), 'todo-')))) {
  folders.push(dataDir);
  const shown: string[] = [];
  const updates = definePlugin({
    id: 'shown',
    provides: SurfaceUpdates,
    create: () => ({ changed: (surface: string, conversation?: string) => void shown.push(`${surface} ${conversation}`) }),
  });
  const host = await hostWith([updates, storage, todo], { config: { dataDir, db: join(dataDir, 'dispatch.db') } });
  hosts.push(host);
  expect(host.status().filter(({ state }) => state !== 'active')).toEqual([]);
  const tool = host.get(Tools)[0]!;
  const write = (conversationId: string, todos: unknown) => tool.execute({ todos }, { ...context, conversationId });
  const surface = host.get(Surfaces)[0]!;
  return { host, dataDir, shown, tool, write, surface, lists: host.get(Todos) };
}
const context = {
  ...{ conversationId: 'c', turnId: 't', toolCallId: 'k', cwd: '/', readableRoots: [] },
  signal: new AbortController().signal,
  output: () => undefined,
};
const pending = (content: string) => ({ content, status: 'pending' as const });

describe('the list', () => {
  test('is replaced as a whole, told back, and another one for each conversation', async () => {
    const { write, lists } = await start();
    expect(
      await write('c', [
        { content: 'read', status: 'completed' },
        { content: ' fix ', status: 'in_progress' },
        { content: 'test', status: 'pending' },
        { content: 'dance', status: 'cancelled' },
      ]),
    ).toBe('2 of 4 still to do:\n[x] read\n[>] fix\n[ ] test\n[-] dance');
    await write('d', [pending('other')]);
    await write('c', [pending('only')]);
    expect([await lists.list('c'), await lists.list('d'), await lists.list('unknown')]).toEqual([
      [pending('only')],
      [pending('other')],
      [],
    ]);
    expect(await write('c', [])).toBe('the list is empty now');
    expect(await lists.list('c')).toEqual([]);
  });

  test('survives a restart', async () => {
    const first = await start();
    await first.write('c', [pending('with "quotes", \u{1F680} and\nlines')]);
    await hosts.pop()?.stop();
    const again = await start(first.dataDir);
    expect(await again.lists.list('c')).toEqual([pending('with "quotes", \u{1F680} and\nlines')]);
  });

  test('of the last call counts when two come at once', async () => {
    const { lists } = await start();
    await Promise.all([lists.replace('c', [pending('one')]), lists.replace('c', [pending('two')])]);
    expect(await lists.list('c')).toEqual([pending('two')]);
  });
});

describe('the surface', () => {
  test('shows the list of its conversation, and is shown anew after each change', async () => {
    const { write, surface, shown, lists } = await start();
    const custom = (todos: unknown) => ({
      ...{ id: 'todo', region: 'side', title: 'To do' },
      fields: [{ kind: 'custom', rendererId: 'todo', payload: { todos } }],
    });
    expect([await surface.render(), await surface.render('c')]).toEqual([custom([]), custom([])]);
    await write('c', [pending('x')]);
    expect([surface.entry.scope, shown, await surface.render('c')]).toEqual(['conversation', ['todo c'], custom([pending('x')])]);
    const end = lists.onChange(() => {
      throw new Error('a watcher that fails');
    });
    await write('c', []);
    expect(shown).toHaveLength(2);
    end();
  });
});

test('the tool keeps the contract of tools', async () => {
  const { tool } = await start();
  expect(await toolContract(tool, { inputs: [{ todos: [] }, { todos: [pending('x')] }] })).toEqual([]);
});

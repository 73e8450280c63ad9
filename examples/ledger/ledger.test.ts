import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import storage from 'dispatch/plugins/storage-sqlite';
import { hostWith, useTool } from 'dispatch/testing';
import Ledger from './index.ts';

test('keeps what was written, for each conversation, across restarts', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'ledger-'));
  const open = () => hostWith([storage, Ledger], { config: { dataDir, db: join(dataDir, 'ledger.db') } });
  const first = await open();
  await useTool(first, 'ledger', { entry: 'two eggs' }, { conversationId: 'a' });
  await first.stop();
  const second = await open();
  const { content } = await useTool(second, 'ledger', { entry: 'some milk' }, { conversationId: 'a' });
  assert.equal(content, '1. two eggs\n2. some milk');
  assert.equal((await useTool(second, 'ledger', {}, { conversationId: 'b' })).content, 'The ledger is empty.');
  await second.stop();
  rmSync(dataDir, { recursive: true });
});

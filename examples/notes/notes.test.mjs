import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import values from 'dispatch/plugins/plugin-storage';
import storage from 'dispatch/plugins/storage-sqlite';
import { hostWith, useTool } from 'dispatch/testing';
import Notes from './index.mjs';

test('keeps notes across restarts', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'notes-'));
  const open = () => hostWith([storage, values, Notes], { config: { dataDir, db: join(dataDir, 'notes.db') } });
  const first = await open();
  assert.equal((await useTool(first, 'note')).content, 'There are no notes.');
  await useTool(first, 'note', { text: 'two eggs' });
  await first.stop();
  const second = await open();
  assert.equal((await useTool(second, 'note', { text: 'some milk' })).content, '- two eggs\n- some milk');
  await second.stop();
  rmSync(dataDir, { recursive: true });
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Jobs, KeyValue } from 'dispatch/contracts';
import values from 'dispatch/plugins/plugin-storage';
import storage from 'dispatch/plugins/storage-sqlite';
import { hostWith } from 'dispatch/testing';
import Countdown from './index.mjs';

test('counts each run', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'countdown-'));
  const host = await hostWith([storage, values, Countdown], { config: { dataDir, db: join(dataDir, 'x.db') } });
  const [job] = host.get(Jobs);
  const { signal } = new AbortController();
  await job.run(signal);
  await job.run(signal);
  assert.equal(await host.get(KeyValue).for('countdown').get('hours'), 2);
  assert.ok(host.logger.records.some((line) => line.includes('up for 2 hours')));
  await host.stop();
  rmSync(dataDir, { recursive: true });
});

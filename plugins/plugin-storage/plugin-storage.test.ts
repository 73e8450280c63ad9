import { mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { hostWith } from 'dispatch/testing';
import fc from 'fast-check';
import storage from '../storage-sqlite/index.js';
import { KeyValue } from './contract.js';
import pluginStorage from './index.js';

const ended: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

function folder(): string {
  const made = realpathSync(mkdtempSync(join(tmpdir(), 'dispatch-values-')));
  ended.push(() => rm(made, { recursive: true, force: true }));
  return made;
}

async function keyValue(dataDir = folder()) {
  const host = await hostWith([storage, pluginStorage], { config: { dataDir, db: join(dataDir, 'x.db') } });
  ended.push(() => host.stop());
  return { host, values: host.get(KeyValue), dataDir };
}

test('a plugin finds again what it kept, also after a restart, and nothing that another keeps', async () => {
  const { host, values, dataDir } = await keyValue();
  await values.for('one').set('a', { deep: [1, null, 'ü'] });
  await values.for('two').set('a', 'other');
  await host.stop();
  const again = (await keyValue(dataDir)).values;
  expect(await again.for('one').get('a')).toEqual({ deep: [1, null, 'ü'] });
  expect(await again.for('two').get('a')).toBe('other');
  expect(await again.for('three').get('a')).toBeUndefined();
});

test('changes made at the same time all count', async () => {
  const { values } = await keyValue();
  const store = values.for('counter');
  await Promise.all(Array.from({ length: 200 }, () => store.update('n', (n = 0) => (n as number) + 1)));
  expect(await store.get('n')).toBe(200);
  expect(await store.update('n', () => undefined)).toBeUndefined();
  expect(await store.keys()).toEqual([]);
});

test('a change that throws changes nothing', async () => {
  const { values } = await keyValue();
  const store = values.for('careful');
  await store.set('n', 1);
  const slip = () => {
    throw new Error('slip');
  };
  await expect(store.update('n', slip)).rejects.toThrow('slip');
  await expect(store.update('n', async () => 2)).rejects.toThrow('without waiting');
  expect(await store.get('n')).toBe(1);
});

test('keys are listed by prefix as it is written, and deleted', async () => {
  const { values } = await keyValue();
  const store = values.for('list');
  for (const key of ['a%b', 'a%c', 'axb', 'b']) await store.set(key, 1);
  expect(await store.keys('a%')).toEqual(['a%b', 'a%c']);
  expect(await store.delete('a%b')).toBe(true);
  expect(await store.delete('a%b')).toBe(false);
  await store.clear();
  expect(await store.keys()).toEqual([]);
});

test('what is beyond the limits is refused, and says what they are', async () => {
  const { values } = await keyValue();
  const store = values.for('limits');
  await expect(store.set('', 1)).rejects.toThrow('1 to 200 characters');
  await expect(store.set('k'.repeat(201), 1)).rejects.toThrow('not 201');
  await expect(store.set('k', 'x'.repeat(1024 * 1024))).rejects.toThrow('bytes as JSON');
  await expect(store.set('k', undefined)).rejects.toThrow('delete it');
  expect(() => values.for('No Such Id')).toThrow('no id of a plugin');
});

test('it answers what a map would, whatever is done in whatever order', async () => {
  const { values } = await keyValue();
  const key = fc.constantFrom('a', 'b', 'ü/1', "'; DROP TABLE plugin_value; --");
  const step = fc.oneof(
    fc.record({ do: fc.constant('set' as const), key, value: fc.jsonValue() }),
    fc.record({ do: fc.constant('delete' as const), key, value: fc.constant(null) }),
  );
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const store = values.for(`model-${run++}`);
      const model = new Map<string, string>();
      for (const { do: what, key, value } of steps) {
        if (what === 'delete') expect(await store.delete(key)).toBe(model.delete(key));
        else {
          await store.set(key, value);
          model.set(key, JSON.stringify(value));
        }
      }
      expect(await store.keys()).toEqual([...model.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
      for (const [key, json] of model) expect(JSON.stringify(await store.get(key))).toBe(json);
    }),
    { numRuns: 40 },
  );
});

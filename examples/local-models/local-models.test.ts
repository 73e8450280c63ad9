import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CredentialSources } from 'dispatch/contracts';
import { hostWith } from 'dispatch/testing';
import localModels from './index.ts';

const addressWith = async (config: Record<string, unknown>): Promise<string | undefined> => {
  const host = await hostWith([localModels], { config });
  const [credential] = host.get(CredentialSources)[0]?.credentials() ?? [];
  await host.stop();
  return credential?.baseURL;
};

test('names the server on its usual port, or on the one that is set', async () => {
  assert.equal(await addressWith({}), 'http://127.0.0.1:11434/v1');
  assert.equal(await addressWith({ 'plugins.settings.local-models.port': 8080 }), 'http://127.0.0.1:8080/v1');
});

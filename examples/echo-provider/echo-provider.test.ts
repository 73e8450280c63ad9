import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CredentialSources } from 'dispatch/contracts';
import { Providers } from 'dispatch/kernel';
import { hostWith, useProvider } from 'dispatch/testing';
import EchoProvider from './index.ts';

test('says word by word what was said last', async () => {
  const host = await hostWith([EchoProvider]);
  const [provider] = host.get(Providers);
  assert(provider);
  const parts = await useProvider(provider, 'hello again');
  assert.deepEqual(
    parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])),
    ['hello ', 'again'],
  );
  assert.deepEqual(parts.at(-1), { type: 'finish', reason: 'stop' });
  await assert.rejects(useProvider(provider, { model: 'deaf' }), /it hears nothing/);
  assert.deepEqual(host.get(CredentialSources)[0]?.credentials(), [{ name: 'echo', provider: 'echo' }]);
  await host.stop();
});

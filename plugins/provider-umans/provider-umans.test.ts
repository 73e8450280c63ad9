import { describe, expect, test } from '@jest/globals';
import type { Secrets } from 'dispatch/kernel';
import { quietLogger, testConfig } from 'dispatch/testing';
import { UmansCredential } from './umans-credential.js';

const apiKey = 'um-secret-123';
const standard = { 'umans.baseUrl': 'https://api.code.umans.ai/v1', 'umans.model': 'umans-coder' };
const made = (values: Record<string, string>) => {
  const logger = quietLogger();
  const kept: string[] = [];
  const secrets: Secrets = { add: (value) => void kept.push(value), mask: (text) => text, withoutSecrets: () => ({}) };
  const source = new UmansCredential(testConfig({ ...standard, ...values }), secrets, logger);
  return { credentials: source.credentials(), kept, log: logger.records };
};

describe('the credential', () => {
  test('is there with a key, and the key is a secret', () => {
    expect(made({ 'umans.apiKey': ` ${apiKey}\n` })).toEqual({
      credentials: [
        { name: 'umans', provider: 'openai-compat', baseURL: 'https://api.code.umans.ai/v1', apiKey, defaultModel: 'umans-coder' },
      ],
      kept: [apiKey],
      log: [],
    });
  });

  test('takes an address and a model, also a full one', () => {
    const { credentials } = made({ 'umans.apiKey': apiKey, 'umans.baseUrl': 'https://umans.example/v1/', 'umans.model': 'umans/small' });
    expect(credentials).toMatchObject([{ baseURL: 'https://umans.example/v1', defaultModel: 'small' }]);
  });

  test('is not there without a key, except for a server on this machine', () => {
    expect(made({})).toEqual({ credentials: [], kept: [], log: [] });
    expect(made({ 'umans.baseUrl': 'http://127.0.0.1:1/v1' }).credentials).toMatchObject([{ name: 'umans' }]);
  });

  test('is left out with a sentence when the key would travel in the open, and the sentence does not show it', () => {
    const { credentials, log } = made({ 'umans.apiKey': apiKey, 'umans.baseUrl': 'http://umans.example/v1' });
    expect([credentials, log]).toEqual([[], [expect.stringContaining('unencrypted to umans.example')]]);
    expect(log.join()).not.toContain(apiKey);
  });
});

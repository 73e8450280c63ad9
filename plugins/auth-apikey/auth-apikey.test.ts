import { describe, expect, test } from '@jest/globals';
import type { Config, Secrets } from 'dispatch/kernel';
import { quietLogger } from 'dispatch/testing';
import { apiKeyCredential } from './api-key-credential.js';
import { ApiKeySource } from './api-key-source.js';

const apiKey = 'sk-secret-123';

describe('the credential', () => {
  test('goes to OpenCode Go when only a key is given', () => {
    expect(apiKeyCredential({ apiKey: ` ${apiKey}\r\n` })).toEqual({
      name: 'opencode',
      provider: 'openai-compat',
      baseURL: 'https://opencode.ai/zen/go/v1',
      apiKey,
      defaultModel: 'deepseek-v4-flash',
    });
  });

  test.each([
    ['https://opencode.ai/zen/v1', 'opencode', undefined],
    ['https://api.openai.com/v1/', 'openai', undefined],
    ['https://llm.example.org/v1', 'default', undefined],
    ['http://127.0.0.1:1234/v1', 'default', undefined],
  ])('for %s is named %s', (baseUrl, name, defaultModel) => {
    expect(apiKeyCredential({ apiKey, baseUrl })).toEqual({
      name,
      provider: 'openai-compat',
      baseURL: baseUrl.replace(/\/$/, ''),
      apiKey,
      defaultModel,
    });
  });

  test('takes a name and a model, also a full one', () => {
    expect(apiKeyCredential({ apiKey, credential: 'mine', model: 'mine/m' })).toMatchObject({ name: 'mine', defaultModel: 'm' });
    expect(apiKeyCredential({ apiKey, model: 'vendor/m' })).toMatchObject({ name: 'opencode', defaultModel: 'vendor/m' });
  });

  test('is not there without a key, except for a server on this machine', () => {
    expect(apiKeyCredential({})).toBeUndefined();
    expect(apiKeyCredential({ apiKey: '  ', baseUrl: '', model: 'm' })).toBeUndefined();
    expect(apiKeyCredential({ baseUrl: 'https://llm.example.org/v1' })).toBeUndefined();
    expect(apiKeyCredential({ baseUrl: 'http://localhost:8080/v1' })).toEqual({
      name: 'default',
      provider: 'openai-compat',
      baseURL: 'http://localhost:8080/v1',
    });
  });

  test.each([
    ['http://llm.example.org/v1', 'unencrypted to llm.example.org'],
    ['http://8.8.8.8/v1', 'unencrypted'],
    ['http://169.254.169.254/v1', 'unencrypted'],
    ['http://127.0.0.1.evil.test/v1', 'unencrypted'],
    ['file:///etc/passwd', 'begins with file:'],
    ['https://user:pass@host/v1', 'user name or password'],
    ['host/v1', 'no address'],
  ])('for %s is refused', (baseUrl, words) => {
    expect(() => apiKeyCredential({ apiKey, baseUrl })).toThrow(words);
  });

  test.each([
    'http://10.0.0.5/v1',
    'http://192.168.1.2:80/v1',
    'http://172.20.0.1/v1',
    'http://box.local/v1',
    'http://[::1]:1/v1',
    'http://[fd00::1]/v1',
  ])('for %s is near enough for plain http', (baseUrl) => expect(apiKeyCredential({ apiKey, baseUrl })).toMatchObject({ name: 'default' }));
});

describe('the plugin', () => {
  const made = (values: Record<string, string>) => {
    const logger = quietLogger();
    const kept: string[] = [];
    const config = { value: (key: string) => values[key] } as unknown as Config;
    const secrets = { add: (value: string) => void kept.push(value) } as unknown as Secrets;
    const source = new ApiKeySource(config, secrets, logger);
    return { credentials: source.credentials(), kept, log: logger.records };
  };

  test('makes the key a secret', () => {
    const { credentials, kept, log } = made({ 'provider.apiKey': apiKey });
    expect([credentials.length, kept, log]).toEqual([1, [apiKey], []]);
  });

  test('tells what it refuses, without the key', () => {
    const { credentials, log } = made({ 'provider.apiKey': `"${apiKey}"` });
    expect(credentials).toEqual([]);
    expect(log).toEqual([expect.stringContaining('in quotation marks')]);
    expect(log.join()).not.toContain(apiKey);
  });
});

import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type Config, type Credential, type Provider, ProviderError, type Secrets } from 'dispatch/kernel';
import { quietLogger, testClock } from 'dispatch/testing';
import type { CredentialSource } from './contract.js';
import { ModelStore } from './model-store.js';
import { ModelsRoutes } from './models-routes.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A real server that answers the number of the request and what it is told. */
async function serve(answer: (response: ServerResponse, number: number) => void) {
  const state = { asked: 0, url: '' };
  const server = createServer((_request, response) => answer(response, state.asked++));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return state;
}

/** The smallest provider over real HTTP. */
const overHttp: Provider = {
  kind: 'openai-compat',
  async models({ baseURL }, signal) {
    const response = await fetch(`${baseURL}/models`, { signal });
    if (!response.ok) throw new ProviderError(`answered ${response.status}`, { code: 'http', retryable: false });
    return (await response.json()) as { id: string }[];
  },
  async *stream() {},
};

interface Given {
  credentials?: Record<string, unknown>;
  plainHttpHosts?: string[];
  sources?: CredentialSource[];
  providers?: Provider[];
}
function store(given: Given) {
  const clock = testClock();
  const logger = quietLogger();
  const kept: string[] = [];
  const config = {
    value: (key: string) => ({ credentials: given.credentials, 'provider.plainHttpHosts': given.plainHttpHosts })[key],
  } as unknown as Config;
  const secrets = { add: (value: string) => void kept.push(value) } as unknown as Secrets;
  const models = new ModelStore(config, given.providers ?? [overHttp], given.sources ?? [], secrets, clock, logger);
  return { models, clock, log: logger.records, kept };
}

const source = (order: number | undefined, ...credentials: Credential[]): CredentialSource => ({
  order,
  credentials: () => credentials,
});
const plain = (name: string, more: Partial<Credential> = {}): Credential => ({
  name,
  provider: 'openai-compat',
  ...more,
});

describe('the catalog', () => {
  test('lists all credentials side by side, in their order, with what is known of the models', async () => {
    const a = await serve((response) => response.end('[{"id":"x","contextWindow":8,"vision":true},{"id":"v/y"}]'));
    const { models } = store({
      credentials: { a: { baseURL: a.url } },
      sources: [source(5, plain('last', { models: ['z'] })), source(-1, plain('first', { models: ['w'] }))],
    });
    expect(await models.catalog()).toEqual({
      models: ['first/w', 'a/x', 'a/v/y', 'last/z'],
      modelInfo: { 'a/x': { contextWindow: 8, vision: true } },
    });
  });

  test('is asked for once by callers that come together, and kept five minutes', async () => {
    const a = await serve((response, number) => response.end(`[{"id":"m${number}"}]`));
    const { models, clock } = store({ credentials: { a: { baseURL: a.url } } });
    const both = await Promise.all([models.catalog(), models.catalog()]);
    expect(both).toEqual([{ models: ['a/m0'] }, { models: ['a/m0'] }]);
    await clock.advance(299_000);
    await models.catalog();
    expect(a.asked).toBe(1);
    await clock.advance(1_000);
    expect(await models.catalog()).toEqual({ models: ['a/m0'] });
    while (a.asked < 2 || (await models.catalog()).models[0] === 'a/m0') await new Promise((resolve) => setImmediate(resolve));
    expect([await models.catalog(), a.asked]).toEqual([{ models: ['a/m1'] }, 2]);
  });

  test('misses a credential that fails, with one warning, and asks it again after 30 seconds', async () => {
    const bad = await serve((response, number) => {
      response.statusCode = number < 2 ? 500 : 200;
      response.end('[{"id":"back"}]');
    });
    const { models, clock, log } = store({ credentials: { bad: { baseURL: bad.url }, good: { models: ['x'] } } });
    expect(await models.catalog()).toEqual({ models: ['good/x'] });
    await clock.advance(29_000);
    await models.catalog();
    expect(bad.asked).toBe(1);
    await clock.advance(1_000);
    await models.catalog();
    await clock.advance(30_000);
    expect(await models.catalog()).toEqual({ models: ['bad/back', 'good/x'] });
    expect(log).toEqual(['warn the models of credential "bad" are missing: answered 500']);
  });

  test('waits five seconds for a credential, no longer', async () => {
    const mute = await serve(() => {});
    const { models, clock, log } = store({ credentials: { mute: { baseURL: mute.url }, good: { models: ['x'] } } });
    const answer = models.catalog();
    await clock.advance(5_000);
    expect(await answer).toEqual({ models: ['good/x'] });
    expect(log).toEqual(['warn the models of credential "mute" are missing: no answer within 5 s']);
    expect(clock.sleeping()).toBe(0);
  });

  test('is served at GET /models', async () => {
    const { models } = store({ credentials: { a: { models: ['x'] } } });
    const [route] = new ModelsRoutes(models).routes;
    const answer = await route?.handle({} as never);
    expect([route?.method, route?.path, route?.answer?.parse(answer)]).toEqual(['GET', '/models', { models: ['a/x'] }]);
  });
});

describe('resolving', () => {
  test('splits at the first slash, asks nobody, and allows models outside the catalog', async () => {
    const a = await serve(() => {});
    const { models } = store({ credentials: { a: { baseURL: a.url } } });
    expect(await models.resolve('a/vendor/new')).toEqual({
      name: 'a/vendor/new',
      model: 'vendor/new',
      credential: { name: 'a', provider: 'openai-compat', baseURL: a.url },
      provider: overHttp,
    });
  });

  test('tells the context window once the catalog is known', async () => {
    const a = await serve((response) => response.end('[{"id":"x","contextWindow":8,"vision":false}]'));
    const { models } = store({ credentials: { a: { baseURL: a.url } } });
    expect(await models.resolve('a/x')).not.toHaveProperty('contextWindow');
    await models.catalog();
    expect(await models.resolve('a/x')).toMatchObject({ contextWindow: 8, vision: false });
    expect(a.asked).toBe(1);
  });

  test.each([undefined, null, ''])('of nothing (%j) is the default model of the first credential', async (name) => {
    const { models } = store({
      credentials: { b: { models: ['x'] } },
      sources: [source(-10, plain('a', { defaultModel: 'd' })), source(1000, plain('offline', { models: ['echo'] }))],
    });
    expect(await models.resolve(name)).toMatchObject({ name: 'a/d' });
  });

  test('of nothing falls to the first model of its catalog', async () => {
    const a = await serve((response) => response.end('[{"id":"one"},{"id":"two"}]'));
    const { models } = store({ credentials: { a: { baseURL: a.url } } });
    expect(await models.resolve(undefined)).toMatchObject({ name: 'a/one' });
  });

  test('of nothing says why when that catalog fails', async () => {
    const a = await serve((response) => response.writeHead(500).end());
    const { models } = store({ credentials: { a: { baseURL: a.url }, b: { models: ['x'] } } });
    await expect(models.resolve(undefined)).rejects.toThrow('unknown model: a/(its first) (answered 500); near names: b/x');
  });

  test('reads the list of providers when it is used, for it grows', async () => {
    const providers: Provider[] = [];
    const { models } = store({ credentials: { a: { models: ['x'] } }, providers });
    await expect(models.resolve('a/x')).rejects.toThrow('there is no provider of the kind "openai-compat"');
    providers.push(overHttp);
    expect(await models.resolve('a/x')).toMatchObject({ provider: overHttp });
  });

  test('of an unknown name tells the near ones, those with the same model first', async () => {
    const { models } = store({ credentials: { work: { models: ['gpt', 'mini'] }, home: { models: ['qwen', 'gpt'] } } });
    await expect(models.resolve('wrok/gpt')).rejects.toMatchObject({
      code: 'unknown-model',
      near: ['work/gpt', 'home/gpt', 'work/mini', 'home/qwen'],
    });
    await expect(models.resolve('qwen')).rejects.toThrow('unknown model: qwen; near names: home/qwen');
    await expect(models.resolve('work/')).rejects.toMatchObject({ code: 'unknown-model' });
    await expect(models.resolve('/x')).rejects.toMatchObject({ code: 'unknown-model' });
  });

  test('without any credential says what to set', async () => {
    await expect(store({}).models.resolve(undefined)).rejects.toThrow('there are no models: set DISPATCH_API_KEY');
    await expect(store({}).models.resolve('a/b')).rejects.toThrow('unknown model: a/b; there are no models');
  });
});

describe('credentials of the configuration', () => {
  test('are used with their key, which becomes a secret, and their headers', async () => {
    const { models, kept } = store({
      credentials: { a: { baseURL: 'https://h/v1/', apiKey: ' sk-direct ', headers: { 'x-a': '1' } } },
    });
    expect((await models.resolve('a/x')).credential).toEqual({
      name: 'a',
      provider: 'openai-compat',
      baseURL: 'https://h/v1',
      apiKey: 'sk-direct',
      headers: { 'x-a': '1' },
    });
    expect(new Set(kept)).toEqual(new Set(['sk-direct']));
  });

  test('K03: may send a key by http to a host that the user names, and to no other', async () => {
    const entry = (host: string) => ({ apiKey: 'k1234567', baseURL: `http://${host}/v1`, models: ['x'], maxConcurrent: 2 });
    const credentials = { good: entry('LLM.example.org'), bad: entry('example.org') };
    const { models, log } = store({ credentials, plainHttpHosts: ['llm.example.org'] });
    expect(await models.catalog()).toEqual({ models: ['good/x'] });
    expect((await models.resolve('good/x')).credential).toMatchObject({ baseURL: 'http://llm.example.org/v1', maxConcurrent: 2 });
    expect(log).toEqual([expect.stringContaining('unencrypted to example.org')]);
  });

  test.each([
    [{ apiKey: 'k1234567', baseURL: 'http://example.org/v1' }, 'unencrypted to example.org'],
    [{ maxConcurrent: -1 }, 'maxConcurrent'],
    [{ apiKey: 'a b' }, 'holds spaces'],
    [{ apiKey: '' }, 'is empty'],
    [{ headers: { 'X-Api-Key': 'sk-1' }, baseURL: 'http://example.org' }, 'unencrypted'],
    [{ baseUrl: 'https://h' }, 'baseUrl'],
    [{ baseURL: 'file:///x' }, 'begins with file:'],
    [{ models: 'x' }, 'models'],
    [{ apiKeyEnv: 'WORK_KEY' }, 'the variable WORK_KEY, named by its apiKeyEnv, is not set'],
    [{ apiKeyFile: '/no/such/key' }, 'no key could be read from /no/such/key'],
    ['x', 'expected object'],
  ])('that cannot be used (%j) are left out and told', async (entry, words) => {
    const { models, log } = store({ credentials: { bad: entry, good: { models: ['x'] } } });
    expect(await models.catalog()).toEqual({ models: ['good/x'] });
    expect(log).toEqual([expect.stringMatching(/^error credential "bad" is left out: /)]);
    expect(log[0]).toContain(words);
  });
});

test('of two credentials with one name the first counts, and a source that throws harms nobody', async () => {
  const broken: CredentialSource = {
    credentials() {
      throw new Error('vault is shut');
    },
  };
  const { models, log } = store({
    credentials: { a: { models: ['config'] } },
    sources: [source(-1, plain('a', { models: ['env'] })), broken],
  });
  expect(await models.catalog()).toEqual({ models: ['a/env'] });
  await models.catalog();
  expect(log).toEqual([
    'warn a source of credentials failed: vault is shut',
    'warn there are two credentials named "a"; the first one counts',
  ]);
});

test('a credential of a plugin is held to the same rule: its key never travels in the open', async () => {
  const open = plain('a', { baseURL: 'http://example.org/v1', apiKey: 'sk-123456', models: ['x'] });
  const { models, log } = store({ sources: [source(0, open)] });
  expect(await models.catalog()).toEqual({ models: [] });
  expect(log).toEqual([expect.stringContaining('unencrypted to example.org')]);
});

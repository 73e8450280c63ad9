import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { cleanUp, isWarmUp, started } from './cache-warming.fixture.js';

afterEach(cleanUp);

describe('POST /chat/warm', () => {
  test('sends the bytes that the next turn begins with, a tiny probe, and asks for one token', async () => {
    const server = await started();
    writeFileSync(join(server.cwd, 'AGENTS.md'), 'Speak plainly.');
    server.provider.inTurn(
      { thinking: ['hm'], text: ['I roll'], calls: [{ name: 'dice', args: {} }] },
      { text: ['a six'] },
      { text: ['ok'] },
    );
    await server.chat('roll');
    await server.host.clock.advance(90_000);
    expect((await server.warm()).status).toBe(200);
    await server.chat('and now something else');
    const [, , warm, real] = server.provider.seen.map(({ raw }) => raw) as [string, string, string, string];
    expect(warm.replace('"content":"."', '"content":"and now something else"').replace(',"max_tokens":1}', '}')).toBe(real);
    expect(warm).toMatch(/Speak plainly\..*a six.*"user","content":"\."}\],"tools":.*Roll one die/s);
    expect(warm).toMatch(/,"max_tokens":1}$/);
  });

  test('stores nothing and tells nobody', async () => {
    const server = await started();
    await server.chat('hello');
    const look = async () => [
      await server.history('c'),
      (await server.ask('GET', '/conversations')).body,
      (await server.ask('GET', '/conversations/c/metrics')).body,
      (await server.ask('GET', '/conversations/c/model')).body,
      (await server.ask('GET', '/conversations/c/cwd')).body,
    ];
    const before = await look();
    const told = server.events.length;
    expect((await server.warm({ model: 'mock/mock-2', cwd: '.' })).status).toBe(200);
    expect(server.provider.seen.at(-1)?.body.model).toBe('mock-2');
    expect(await look()).toEqual(before);
    expect(server.events).toHaveLength(told);
  });

  test('answers what the provider counted', async () => {
    const server = await started();
    server.provider.inTurn(
      { text: ['hi'], usage: { input: 100, output: 10 } },
      { text: ['.'], usage: { input: 120, output: 1, cached: 96 } },
    );
    await server.chat('hello');
    expect(await server.warm()).toEqual({
      status: 200,
      body: { inputTokens: 120, outputTokens: 1, cacheReadTokens: 96, cacheWriteTokens: 0, cachePct: 80, expectedCacheRate: 96 },
    });
  });

  test('takes whatever the model makes of one token: nothing, thoughts, a call that was cut off', async () => {
    const server = await started();
    await server.chat('hello');
    for (const reply of [{}, { thinking: ['h'] }, { calls: [{ name: 'di', args: '{"a' }] }]) {
      server.provider.script = () => ({ ...reply, finish: 'length' });
      expect((await server.warm()).status).toBe(200);
    }
    expect((await server.history('c')).chunks).toHaveLength(2);
  });

  test('is refused while a turn runs', async () => {
    const server = await started();
    let release: (value?: unknown) => void = () => undefined;
    server.provider.script = () => ({ text: ['slow'], hold: new Promise((resolve) => (release = resolve)) });
    const turn = server.chat('slowly');
    while (server.provider.seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await server.warm()).toMatchObject({ status: 409, body: { code: 'warm-busy' } });
    release();
    await turn;
    expect(server.provider.seen.filter(isWarmUp)).toEqual([]);
  });

  test('is refused where nothing was said, where the model is unknown, and when the provider fails', async () => {
    const server = await started();
    expect(await server.warm()).toMatchObject({ status: 409, body: { code: 'warm-empty' } });
    await server.ask('PUT', '/conversations/c/title', { title: 'only a title' });
    expect((await server.warm()).status).toBe(409);
    await server.chat('hello');
    expect(await server.warm({ model: 'none/such' })).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('unknown model: none/such') },
    });
    server.provider.script = () => ({ status: 500 });
    expect(await server.warm()).toMatchObject({ status: 502, body: { code: 'warm-provider' } });
  });

  test.each([{ conversationId: undefined }, { conversationId: 1 }, { conversationId: 'a\nb' }, { model: 3 }, { cwd: '' }])(
    'with %j is a bad request',
    async (body) => {
      expect((await (await started()).warm(body)).status).toBe(400);
    },
  );
});

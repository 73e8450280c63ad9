import { afterEach, describe, expect, test } from '@jest/globals';
import { cleanUp, started } from './cache-warming.fixture.js';

afterEach(cleanUp);

describe('a conversation that is kept warm', () => {
  test('is warmed every 240 seconds while it is idle, and not before it was asked for', async () => {
    const server = await started();
    await server.chat('hello');
    await server.pass(1_000);
    expect(server.warmUps()).toBe(0);
    expect((await server.act('toggle', true)).status).toBe(200);
    await server.pass(239);
    expect(server.warmUps()).toBe(0);
    await server.pass(1);
    expect(server.warmUps()).toBe(1);
    await server.pass(240);
    expect(server.warmUps()).toBe(2);
    await server.act('toggle', false);
    await server.pass(1_000);
    expect(server.warmUps()).toBe(2);
  });

  test('waits anew after each turn, and not while one runs', async () => {
    const server = await started();
    await server.chat('hello');
    await server.act('toggle');
    await server.pass(200);
    await server.chat('again');
    await server.pass(200);
    expect(server.warmUps()).toBe(0);
    await server.pass(40);
    expect(server.warmUps()).toBe(1);
    let release: (value?: unknown) => void = () => undefined;
    server.provider.script = () => ({ text: ['slow'], hold: new Promise((resolve) => (release = resolve)) });
    const turn = server.chat('slowly');
    while (!server.turns.running('c')) await server.settle();
    expect((await server.shown())['cache-warming-timer']).toMatchObject({ nextWarmAt: null });
    await server.pass(100);
    release();
    await turn;
    expect(server.warmUps()).toBe(1);
    expect((await server.shown())['cache-warming-timer']).toMatchObject({ nextWarmAt: server.host.clock.now() + 240_000 });
  });

  test('that has said nothing yet is warmed only after its first turn', async () => {
    const server = await started();
    await server.act('toggle', true);
    await server.pass(500);
    await server.chat('hello');
    await server.pass(240);
    expect(server.warmUps()).toBe(1);
  });

  test('is left alone once it is closed, and stays so when it is opened again', async () => {
    const server = await started();
    await server.chat('hello');
    await server.act('toggle', true);
    await server.ask('POST', '/conversations/c/close');
    await server.settle();
    expect(await server.shown()).toMatchObject({ 'Keep the cache warm': false, 'cache-warming-timer': { nextWarmAt: null } });
    await server.chat('open again');
    await server.pass(1_000);
    expect(server.warmUps()).toBe(0);
  });

  test('is kept warm after a restart as well, in the same rhythm', async () => {
    const server = await started();
    await server.chat('hello');
    await server.act('set-interval', 60);
    await server.act('toggle', true);
    await server.stop();
    const again = await started(server.dataDir);
    expect(await again.shown()).toMatchObject({ 'Keep the cache warm': true, Interval: 60 });
    await again.pass(60);
    expect(again.warmUps()).toBe(1);
  });

  test('is asked for less and less while it fails, and in the old rhythm once it does not', async () => {
    const server = await started();
    await server.chat('hello');
    await server.act('toggle', true);
    server.provider.script = () => ({ status: 500 });
    for (const seconds of [240, 480, 960]) {
      const before = server.warmUps();
      await server.pass(seconds - 1);
      expect(server.warmUps()).toBe(before);
      await server.pass(1);
      expect(server.warmUps()).toBe(before + 1);
    }
    expect(server.host.logger.records.filter((record) => record.startsWith('warn a cache was not kept warm'))).toHaveLength(3);
    server.provider.script = () => ({ text: ['.'] });
    await server.pass(1_920);
    const before = server.warmUps();
    await server.pass(240);
    expect(server.warmUps()).toBe(before + 1);
  });

  test('a warm-up under way is given up when the user speaks', async () => {
    const server = await started();
    await server.chat('hello');
    await server.act('toggle', true);
    server.provider.script = (seen) =>
      seen.raw.includes('"max_tokens":1}') ? { hold: new Promise(() => undefined) } : { text: ['quick'] };
    await server.pass(240);
    expect(server.warmUps()).toBe(1);
    const events = await server.chat('at once');
    expect(events.at(-1)?.type).toBe('turn-sealed');
    await server.settle();
    expect(server.host.logger.records.filter((record) => record.startsWith('warn'))).toEqual([]);
    expect((await server.shown())['cache-warming-timer']).toMatchObject({
      lastWarmAt: null,
      nextWarmAt: server.host.clock.now() + 240_000,
    });
  });
});

describe('the surface', () => {
  test('shows what is usual for a conversation nobody has set anything on, or for none', async () => {
    const server = await started();
    const { body } = await server.ask('GET', '/surfaces/cache-warming');
    expect(body).toMatchObject({ id: 'cache-warming', region: 'side', title: 'Cache warming' });
    expect(body.fields).toEqual([
      { kind: 'toggle', label: 'Keep the cache warm', value: false, action: { actionId: 'cache-warming/toggle' } },
      {
        ...{ kind: 'number', label: 'Interval', value: 240, min: 10, max: 3_600, step: 10, unit: 's' },
        action: { actionId: 'cache-warming/set-interval' },
      },
      { kind: 'stat', label: 'Last Cache %', value: '–' },
      { kind: 'stat', label: 'Cache retention', value: '–' },
      { kind: 'custom', rendererId: 'cache-warming-timer', payload: { nextWarmAt: null, lastWarmAt: null } },
    ]);
    expect((await server.ask('GET', '/surfaces')).body.catalog).toContainEqual({
      ...{ id: 'cache-warming', region: 'side', title: 'Cache warming', scope: 'conversation' },
    });
  });

  test('shows the last warm-up, also one by hand, and when the next is due', async () => {
    const server = await started();
    server.provider.inTurn(
      { text: ['hi'], usage: { input: 100, output: 10 } },
      { text: ['.'], usage: { input: 120, output: 1, cached: 60 } },
    );
    await server.chat('hello');
    await server.act('toggle', true);
    const now = server.host.clock.now();
    await server.warm();
    expect(await server.shown()).toEqual({
      'Keep the cache warm': true,
      Interval: 240,
      'Last Cache %': '50%',
      'Cache retention': '60%',
      'cache-warming-timer': { nextWarmAt: now + 240_000, lastWarmAt: now },
    });
  });

  test('keeps both of two changes that come at once, and turns round as often as it is told to', async () => {
    const server = await started();
    await Promise.all([server.act('set-interval', 300), server.act('toggle', true)]);
    expect(await server.shown()).toMatchObject({ 'Keep the cache warm': true, Interval: 300 });
    await Promise.all([server.act('toggle'), server.act('toggle'), server.act('toggle')]);
    expect(await server.shown()).toMatchObject({ 'Keep the cache warm': false, Interval: 300 });
  });

  test('takes a new interval at once, and refuses one that makes no sense', async () => {
    const server = await started();
    await server.chat('hello');
    await server.act('toggle', true);
    await server.act('set-interval', 30);
    await server.pass(30);
    expect(server.warmUps()).toBe(1);
    for (const payload of [9, 3_601, 1.5, '60', null]) expect((await server.act('set-interval', payload)).status).toBe(400);
    expect((await server.ask('POST', '/surfaces/cache-warming/actions/cache-warming/toggle', {})).status).toBe(409);
  });
});

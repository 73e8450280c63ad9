import { describe, expect, test } from '@jest/globals';
import { PromptFilters } from '../bus/filters.js';
import { Config } from '../contracts/config.js';
import type { StepPart } from '../contracts/provider.js';
import { Secrets } from '../contracts/secrets.js';
import { type Tool, Tools } from '../contracts/tool.js';
import { definePlugin } from '../plugins/definition.js';

import { fakeProvider, hostWith, testClock, testConfig, toolContract, useFilters, useProvider, useTool } from './index.js';

test('a host for tests has a clock, a logger, settings and secrets, and shows services and slots', async () => {
  const dice = definePlugin({
    id: 'dice',
    provides: Tools,
    inject: { config: Config, secrets: Secrets },
    create: ({ config, secrets }) => ({ name: secrets.mask(config.text('dice.name')), description: '', input: {}, execute: () => '4' }),
  });
  const host = await hostWith([dice], { config: { 'dice.name': 'd6' } });
  expect(host.get(Tools).map(({ name }) => name)).toEqual(['d6']);
  expect(host.status().map(({ id, state }) => [id, state])).toEqual([['dice', 'active']]);
  await host.stop();
  expect(host.get(Tools)).toEqual([]);
});

test('a host whose plugin does not run says so at once', async () => {
  const broken = definePlugin({ id: 'broken', provides: [], create: () => Promise.reject(new Error('no dice today')) });
  await expect(hostWith([broken])).rejects.toThrow(/plugin "broken" does not run: .*no dice today/);
});

describe('what a plugin adds is used as a turn would', () => {
  test('tools: a text, a failure and what is thrown', async () => {
    const sides = ({ sides = 6 }) => {
      if (sides < 2) throw new Error('a die has two sides at least');
      return sides > 6 ? { content: 'too many', isError: true } : String(sides);
    };
    const dice = definePlugin({
      id: 'dice',
      provides: Tools,
      create: () => ({ name: 'dice', description: '', input: {}, execute: sides }),
    });
    const host = await hostWith([dice]);
    expect(await useTool(host, 'dice')).toEqual({ content: '6', isError: false });
    expect(await useTool(host, 'dice', { sides: 8 })).toEqual({ content: 'too many', isError: true });
    expect(await useTool(host, 'dice', { sides: 1 })).toEqual({ content: 'a die has two sides at least', isError: true });
    await expect(useTool(host, 'die')).rejects.toThrow('the host has no tool "die"; it has: dice');
    await host.stop();
  });

  test('filters in their order, and one that throws is not passed over', async () => {
    const adds = (id: string, order: number, text: string | Error) =>
      definePlugin({
        id,
        provides: PromptFilters,
        create: () => ({
          order,
          filter: (prompt) => {
            if (text instanceof Error) throw text;
            return prompt + text;
          },
        }),
      });
    const host = await hostWith([adds('b', 2, 'b'), adds('a', 1, 'a')]);
    expect(await useFilters(host, PromptFilters, '', { cwd: '/work' })).toBe('ab');
    await host.stop();
    const other = await hostWith([adds('c', 1, new Error('broken'))]);
    await expect(useFilters(other, PromptFilters, '')).rejects.toThrow('broken');
    await other.stop();
  });

  test('providers: all parts of a step', async () => {
    const provider = fakeProvider([[{ type: 'text', text: 'hi' }], [{ type: 'finish', reason: 'stop' }]]);
    expect(await useProvider(provider, 'hello')).toEqual([{ type: 'text', text: 'hi' }]);
    expect(await useProvider(provider, { model: 'other' })).toEqual([{ type: 'finish', reason: 'stop' }]);
    expect(provider.requests.map(({ model, messages }) => [model, messages.length])).toEqual([
      ['model', 1],
      ['other', 0],
    ]);
  });
});

test('settings for tests are as strict as the real ones', () => {
  const config = testConfig({ a: 'x', b: 1, c: true, d: ['y'] });
  expect([config.value('a'), config.text('a'), config.number('b'), config.flag('c'), config.list('d')]).toEqual(['x', 'x', 1, true, ['y']]);
  expect(config.value('none')).toBeUndefined();
  expect(config.value('constructor')).toBeUndefined();
  for (const wrong of [
    () => config.text('b'),
    () => config.number('a'),
    () => config.flag('a'),
    () => config.list('a'),
    () => config.text('none'),
  ])
    expect(wrong).toThrow(/the setting ".*" is no/);
});

describe('the fake provider', () => {
  const ask = (signal = new AbortController().signal) => ({ model: 'fake-1', messages: [], tools: [], signal });
  const credential = { name: 'test', provider: 'fake' };

  test('plays one step a request and remembers what was asked', async () => {
    const provider = fakeProvider([
      [
        { type: 'text', text: 'a' },
        { type: 'finish', reason: 'stop' },
      ],
      [new Error('broken')],
    ]);
    const next = async () => {
      const parts: StepPart[] = [];
      for await (const part of provider.stream(credential, ask())) parts.push(part);
      return parts;
    };
    expect(await next()).toEqual([
      { type: 'text', text: 'a' },
      { type: 'finish', reason: 'stop' },
    ]);
    await expect(next()).rejects.toThrow('broken');
    await expect(next()).rejects.toThrow('the script has 2 steps');
    expect(provider.requests).toHaveLength(3);
    expect(await provider.models(credential, ask().signal)).toEqual([{ id: 'fake-1' }]);
  });

  test('hangs until it is aborted, before or while it hangs', async () => {
    const stop = new AbortController();
    const provider = fakeProvider([['hang'], ['hang']]);
    const first = provider.stream(credential, ask(stop.signal))[Symbol.asyncIterator]().next();
    stop.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    await expect(provider.stream(credential, ask(stop.signal))[Symbol.asyncIterator]().next()).rejects.toThrow('enough');
  });
});

describe('the contract of tools', () => {
  const dice: Tool = {
    name: 'dice',
    description: 'Roll.',
    input: { type: 'object', properties: { sides: {} }, required: ['sides'] },
    execute: () => '4',
  };

  test('finds nothing wrong with a good one', async () => {
    const rich = { ...dice, execute: async () => ({ content: 'no', isError: true }) };
    expect(await toolContract(dice, { inputs: [{}, { sides: 6 }] })).toEqual([]);
    expect(await toolContract(rich, { inputs: [{ sides: 6 }] })).toEqual([]);
  });

  test('names everything that is wrong with a bad one', async () => {
    const bad = { name: 'two words', description: ' ', input: { type: 'array', required: ['x'] }, execute: () => 7 as unknown as string };
    expect(await toolContract(bad, { inputs: [{ a: 1 }] })).toEqual([
      'the name "two words" is not 1 to 64 letters, digits, "_" and "-"',
      'there is no description',
      'the input must be an object, its schema says "array"',
      'the schema requires "x" and has no such property',
      'for {"a":1} it answers neither a text nor { content, isError }',
    ]);
  });

  test('a tool answers for every input its schema takes; others it does not see', async () => {
    const throws: Tool = {
      ...dice,
      execute: ({ sides }) => {
        throw new Error(`no die has ${sides} sides`);
      },
    };
    const check = (_: Tool, input: unknown) => (typeof (input as { sides: unknown }).sides === 'number' ? undefined : 'no number');
    expect(await toolContract(throws, { inputs: [{ sides: 'six' }, { sides: 0 }], check })).toEqual([
      'for {"sides":0} it throws instead of answering: no die has 0 sides',
    ]);
  });
});

describe('the clock of tests', () => {
  test('stands still, and wakes sleepers in the order of their time', async () => {
    const clock = testClock(1_000);
    const woken: unknown[] = [];
    const sleep = async (ms: number) => {
      await clock.sleep(ms);
      woken.push([ms, clock.now(), clock.elapsed()]);
    };
    void sleep(30);
    void sleep(10);
    void sleep(50);
    await clock.advance(40);
    expect(woken).toEqual([
      [10, 1_010, 10],
      [30, 1_030, 30],
    ]);
    expect([clock.now(), clock.sleeping()]).toEqual([1_040, 1]);
  });

  test('an abort wakes a sleeper at once', async () => {
    const clock = testClock();
    const stop = new AbortController();
    const asleep = clock.sleep(1_000, stop.signal);
    stop.abort();
    await asleep;
    await clock.sleep(1_000, stop.signal);
    expect(clock.sleeping()).toBe(0);
  });
});

import { describe, expect, test } from '@jest/globals';
import { ProviderError, type StepPart } from '../contracts/provider.js';
import { fakeProvider, type Scripted } from '../testing/fake-provider.js';
import { testClock } from '../testing/test-clock.js';
import { runStep } from './run-step.js';

function setUp(step: Scripted[], watchdog = { firstByteMs: 300, silenceMs: 100 }) {
  const clock = testClock();
  const stop = new AbortController();
  const told: string[] = [];
  const provider = fakeProvider([step]);
  const stream = (signal: AbortSignal) => provider.stream({ name: 'x', provider: 'fake' }, { model: 'm', messages: [], tools: [], signal });
  const start = (asked: (signal: AbortSignal) => AsyncIterable<StepPart> = stream) =>
    runStep(
      { clock, watchdog, signal: stop.signal },
      {
        stepId: 't#0',
        stream: asked,
        freshId: (id) => id ?? 'fresh',
        tell: (event) => {
          if ('delta' in event) told.push(`${event.type} ${event.delta}`);
        },
        onCall: ({ id, name }) => told.push(`call ${id} ${name}`),
      },
    );
  return { clock, stop, told, start, provider };
}
const text = (words: string): StepPart => ({ type: 'text', text: words });
const piece = (index: number, input: string, more: { id?: string; name?: string } = {}): StepPart => ({
  type: 'call',
  index,
  input,
  ...more,
});
const stopped: StepPart = { type: 'finish', reason: 'stop' };
const never = () => new Promise(() => undefined);

describe('a whole stream', () => {
  test('gives chunks, calls, usage, the finish and the times', async () => {
    const { clock, told, start } = setUp([]);
    const usage = { inputTokens: 5, outputTokens: 3 };
    async function* parts(): AsyncGenerator<StepPart> {
      yield { type: 'open' };
      await clock.sleep(40);
      yield { type: 'thinking', text: 'hm' };
      yield text('Let me ');
      yield text('');
      yield text('look');
      await clock.sleep(60);
      yield piece(0, '{"a":1}', { id: 'c1', name: 'x' });
      yield piece(1, '', { name: 'y' });
      yield { type: 'usage', usage };
      yield { type: 'finish', reason: 'tool_calls' };
    }
    const running = start(parts);
    await clock.advance(100);
    const { chunks, ...attempt } = await running;
    expect(attempt).toEqual({
      calls: [
        { id: 'c1', name: 'x', input: { a: 1 } },
        { id: 'fresh', name: 'y', input: {} },
      ],
      usage,
      finish: 'tool_calls',
      ttftMs: 40,
      decodeMs: 60,
    });
    expect(chunks.chunks).toEqual([
      { type: 'thinking', text: 'hm' },
      { type: 'text', text: 'Let me look' },
      { type: 'tool-call', toolCallId: 'c1', toolName: 'x', input: { a: 1 }, stepId: 't#0' },
      { type: 'tool-call', toolCallId: 'fresh', toolName: 'y', input: {}, stepId: 't#0' },
    ]);
    expect(told).toEqual(['reasoning-delta hm', 'text-delta Let me ', 'text-delta look', 'call c1 x', 'call fresh y']);
  });

  test('V11: may be empty', async () => {
    const { chunks, ...attempt } = await setUp([stopped]).start();
    expect([attempt, chunks.isEmpty]).toEqual([{ calls: [], finish: 'stop' }, true]);
  });

  test('may lack its finish when all its calls are whole', async () => {
    const { calls, error } = await setUp([text('a'), piece(0, '{"a":1}', { name: 'x' })]).start();
    expect([calls.length, error]).toEqual([1, undefined]);
  });
});

describe('a stream that fails', () => {
  test.each([
    [
      'ends without its finish',
      [text('half')],
      { code: 'stream', retryable: true, message: 'the stream ended before the answer was complete' },
    ],
    ['ends with nothing at all', [], { code: 'stream', retryable: true }],
    ['ends inside a call', [text('a'), piece(0, '{"a":', { name: 'x' })], { code: 'stream', retryable: true }],
    ['breaks', [text('half'), new ProviderError('reset', { code: 'network', retryable: true })], { code: 'network', message: 'reset' }],
    [
      'throws what is no provider error',
      [new TypeError('x is undefined')],
      { code: 'provider-failed', retryable: false, message: 'x is undefined' },
    ],
  ] as [string, Scripted[], object][])('%s: the attempt says why, and keeps what there was', async (_, step, error) => {
    const attempt = await setUp(step).start();
    expect(attempt.error).toBeInstanceOf(ProviderError);
    expect(attempt.error).toMatchObject(error);
    expect(attempt.chunks.chunks).toEqual(step.filter((part) => 'text' in Object(part)));
  });

  test('may fail before it is one', async () => {
    const attempt = await setUp([]).start(() => {
      throw new Error('no such credential');
    });
    expect(attempt.error?.message).toBe('no such credential');
  });

  test('an open call is not run', async () => {
    const { told, start } = setUp([piece(0, '{}', { name: 'x', id: 'a' }), piece(1, '{', { name: 'y', id: 'b' }), new Error('broken')]);
    expect((await start()).calls.map(({ id }) => id)).toEqual(['a']);
    expect(told).toEqual(['call a x']);
  });
});

describe('watchdogs', () => {
  const late = { code: 'timeout', retryable: true };

  test.each([
    ['nothing comes', [], ['hang']],
    ['only the connection opens', [{ type: 'open' }], ['hang']],
    ['nothing comes, and the provider does not listen', [], [never]],
  ] as [string, Scripted[], Scripted[]][])('%s: it waits for the first part, and no longer', async (_, before, hang) => {
    const { clock, start, provider } = setUp([...before, ...hang]);
    let over = false;
    const running = start().finally(() => {
      over = true;
    });
    await clock.advance(299);
    expect(over).toBe(false);
    await clock.advance(1);
    expect((await running).error).toMatchObject({ ...late, message: 'the provider did not answer within 300 ms' });
    expect(provider.requests[0]?.signal.aborted).toBe(true);
    expect(clock.sleeping()).toBe(0);
  });

  test.each([['hang'], [never]] as Scripted[][])('V03: silence between two parts ends the request (%#)', async (hang) => {
    const { clock, start, provider } = setUp([]);
    async function* parts(signal: AbortSignal): AsyncGenerator<StepPart> {
      yield text('a');
      await clock.sleep(99);
      yield text('b');
      yield* fakeProvider([[hang as Scripted]]).stream({ name: 'x', provider: 'fake' }, { model: 'm', messages: [], tools: [], signal });
    }
    let over = false;
    const running = start(parts).finally(() => {
      over = true;
    });
    await clock.advance(198);
    expect(over).toBe(false);
    await clock.advance(1);
    const attempt = await running;
    expect(attempt.error).toMatchObject({ ...late, message: 'the provider sent nothing for 100 ms' });
    expect(attempt.chunks.chunks).toEqual([text('ab')]);
    expect(provider.requests).toEqual([]);
  });

  test('a slow stream that keeps sending is left alone', async () => {
    const { clock, start } = setUp([]);
    const running = start(async function* (): AsyncGenerator<StepPart> {
      for (let i = 0; i < 50; i++) {
        await clock.sleep(90);
        yield text('.');
      }
      yield stopped;
    });
    await clock.advance(10_000);
    const { error, chunks } = await running;
    expect([error, chunks.chunks]).toEqual([undefined, [text('.'.repeat(50))]]);
  });

  test('nothing sleeps on after a step', async () => {
    const { clock, start } = setUp([text('a'), stopped]);
    await start();
    expect(clock.sleeping()).toBe(0);
  });
});

describe('an abort', () => {
  test.each([
    ['a provider that listens', 'hang'],
    ['a provider that does not', never],
  ] as [string, Scripted][])('ends the step at once, with %s, and is no error', async (_, hang) => {
    const { stop, start, told, provider } = setUp([text('a'), hang, text('late')]);
    const running = start();
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort(new Error('stopped by the user'));
    const attempt = await running;
    expect([attempt.error, attempt.chunks.chunks, told]).toEqual([undefined, [text('a')], ['text-delta a']]);
    expect(provider.requests[0]?.signal.aborted).toBe(true);
  });

  test('before the step asks for nothing', async () => {
    const { stop, start, provider } = setUp([text('a')]);
    stop.abort();
    expect((await start()).chunks.isEmpty).toBe(true);
    expect(provider.requests).toEqual([]);
  });

  test('what still comes afterwards changes nothing', async () => {
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const { stop, start, told } = setUp([text('a'), () => gate, text('late'), piece(0, '{}', { name: 'x' }), stopped]);
    const running = start();
    await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    const attempt = await running;
    go();
    await new Promise((resolve) => setImmediate(resolve));
    expect([told, attempt.chunks.chunks, attempt.calls]).toEqual([['text-delta a'], [text('a')], []]);
  });
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ProviderError } from '../contracts/provider.js';
import type { Tool } from '../contracts/tool.js';
import type { Scripted } from '../testing/fake-provider.js';
import type { TurnEvent } from '../wire/index.js';
import { begin, broken, call, dice, done, end, idle, never, text, tool, usage, whole } from './scripted-turn.fixture.js';

/** How the result of a tool that was stopped ends. */
const stoppedTool = 'aborted: the turn was stopped before this tool finished true';
/** Lets what is under way come to its next wait. */
const settled = async () => {
  for (let i = 0; i < 50; i++) await undefined;
};

describe('a provider that fails', () => {
  const retry = (attempt: number, ms: number, more = '') => `provider-retry ${attempt} ${ms} reset network${more}`;

  test('before content is asked again, each wait announced', async () => {
    const { lines } = await whole([[broken()], [{ type: 'open' }, broken()], [...text('back'), ...end()]]);
    expect(lines).toEqual(['turn-start', retry(0, 1_000), retry(1, 2_000), 'text-delta back', ...usage(0), done('stop')]);
  });

  test('for ever is asked eight times, and ends with one error', async () => {
    const { lines, provider, outcome } = await whole(Array.from({ length: 9 }, () => [broken()]));
    const waits = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000];
    expect(lines).toEqual(['turn-start', ...waits.map((ms, i) => retry(i, ms)), 'error reset network', 'done error']);
    expect([provider.requests.length, outcome.messages, outcome.error?.code]).toEqual([8, [], 'network']);
  });

  test('for good is not asked again', async () => {
    const { lines } = await whole([[new ProviderError('bad key', { code: 'http', retryable: false, status: 401 })]]);
    expect(lines).toEqual(['turn-start', 'error bad key http', 'done error']);
  });

  test('after content starts the step again, and only the last attempt is kept', async () => {
    const { lines, outcome } = await whole([
      [...text('half'), broken()],
      [...text('the whole'), ...end()],
    ]);
    expect(lines).toEqual(['turn-start', 'text-delta half', retry(0, 1_000, ' true'), 'text-delta the whole', ...usage(0), done('stop')]);
    expect(outcome.messages).toEqual([{ role: 'assistant', chunks: [{ type: 'text', text: 'the whole' }] }]);
  });

  test('V03: after content for ever is given up after three attempts, the text so far is kept', async () => {
    const { lines, outcome } = await whole(Array.from({ length: 4 }, (_, n) => [...text(`half ${n}`), broken()]));
    expect(lines).toEqual([
      ...['turn-start', 'text-delta half 0', retry(0, 1_000, ' true'), 'text-delta half 1', retry(1, 2_000, ' true')],
      ...['text-delta half 2', 'error reset network', 'done error'],
    ]);
    expect(outcome.messages).toEqual([{ role: 'assistant', chunks: [{ type: 'text', text: 'half 2' }] }]);
  });

  test('after an eager tool has run ends the turn, call and result are kept', async () => {
    const script = [[...text('a'), call('a', 'dice'), call('b', 'slow', {}, 1), settled, broken()]];
    const { lines, outcome } = await whole(script, [
      dice,
      tool('slow', (_, { signal }) => new Promise((__, no) => signal.addEventListener('abort', no))),
    ]);
    expect(lines).toEqual([
      ...['turn-start', 'text-delta a', 'tool-call #0 a dice {}', 'tool-result #0 a dice rolled of undefined false'],
      ...['error reset network', 'done error'],
    ]);
    expect(outcome.messages.map(({ chunks }) => chunks.map(({ type }) => type))).toEqual([['text', 'tool-call'], ['tool-result']]);
  });

  test('after an eager tool has begun stops it', async () => {
    const heeds = tool(
      'heeds',
      (_, { signal }) => new Promise((__, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    const { lines } = await whole([[call('a', 'heeds'), call('b', 'dice', {}, 1), settled, broken()]], [heeds, dice]);
    expect(lines).toEqual([
      'turn-start',
      'tool-call #0 a heeds {}',
      `tool-result #0 a heeds ${stoppedTool}`,
      'error reset network',
      'done error',
    ]);
  });

  test('after a call whose tool has not started may start the step again, under the same id', async () => {
    const policy = { maxConcurrent: 4, eager: false };
    const half = [call('a', 'dice'), call('b', 'dice', '{', 1), broken()];
    const { lines } = await whole([half, [call('a', 'dice'), ...end()], [...text('x'), ...end()]], [dice], { policy });
    expect(lines.slice(0, 7)).toEqual([
      ...['turn-start', 'tool-call #0 a dice {}', retry(0, 1_000, ' true'), 'tool-call #0 a dice {}', ...usage(0)],
      'tool-result #0 a dice rolled of undefined false',
    ]);
  });

  test('in a later step keeps what came before', async () => {
    const { outcome } = await whole([[call('a', 'dice'), ...end()], [new Error('a bug')]]);
    expect([outcome.messages.length, outcome.reason, outcome.usage]).toEqual([2, 'error', { inputTokens: 10, outputTokens: 5 }]);
  });
});

describe('stopping', () => {
  const run = async (script: Scripted[][], tools: Tool[] = [dice], before = idle) => {
    const turn = begin(script, tools);
    await before();
    turn.stop.abort();
    await turn.clock.advance(10_000);
    return { lines: turn.lines(), outcome: await turn.outcome, provider: turn.provider };
  };

  test('before anything came', async () => {
    const { lines, outcome, provider } = await run([['hang']]);
    expect([lines, outcome.messages]).toEqual([['turn-start', 'done aborted'], []]);
    expect(provider.requests[0]?.signal.aborted).toBe(true);
  });

  test('V13: before the turn began', async () => {
    const stop = new AbortController();
    stop.abort();
    const { lines, provider } = await whole([[...text('x')]], [dice], { signal: stop.signal });
    expect([lines, provider.requests]).toEqual([['turn-start', 'done aborted'], []]);
  });

  test.each([['hang'], [never]] as Scripted[][])('V13: while text streams keeps the text (%#)', async (hang) => {
    const { lines, outcome } = await run([[...text('partial'), hang as Scripted]]);
    expect(lines).toEqual(['turn-start', 'text-delta partial', 'done aborted']);
    expect(outcome.messages).toEqual([{ role: 'assistant', chunks: [{ type: 'text', text: 'partial' }] }]);
  });

  test('V13: while tools run answers each as aborted, also one that does not listen', async () => {
    const deaf = tool('deaf', never, false);
    const { lines, outcome } = await run([[call('a', 'deaf'), call('b', 'dice', {}, 1), ...end()]], [deaf, dice]);
    expect(lines).toEqual([
      ...['turn-start', 'tool-call #0 a deaf {}', 'tool-call #0 b dice {}', ...usage(0)],
      ...[`tool-result #0 a deaf ${stoppedTool}`, `tool-result #0 b dice ${stoppedTool}`, done('aborted')],
    ]);
    expect(outcome.messages.map(({ role }) => role)).toEqual(['assistant', 'tool', 'tool']);
  });

  test('while a call waits for the end of its step answers it too', async () => {
    const policy = { maxConcurrent: 4, eager: false };
    const turn = begin([[call('a', 'dice'), call('b', 'dice', '{', 1), 'hang']], [dice], { policy });
    await idle();
    turn.stop.abort();
    await turn.outcome;
    expect(turn.lines()).toEqual(['turn-start', 'tool-call #0 a dice {}', `tool-result #0 a dice ${stoppedTool}`, 'done aborted']);
  });

  test('V13: during the wait for another try ends it at once; what was discarded stays so', async () => {
    const { lines, outcome, provider } = await run([[...text('half'), broken()], [...text('never asked')]]);
    expect(lines).toEqual(['turn-start', 'text-delta half', 'provider-retry 0 1000 reset network true', 'done aborted']);
    expect([outcome.messages, provider.requests.length]).toEqual([[], 1]);
  });
});

const id = fc.constantFrom(undefined, 'a', 'b', '');
const part: fc.Arbitrary<Scripted> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Scripted>(...text('x', 'y', ''), { type: 'thinking', text: 'z' }, { type: 'open' }, ...end()) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(id, fc.constantFrom('dice', 'slow', 'bad', 'nope', ''), fc.constantFrom('{}', '{"a":1}', '{', ''), fc.nat(3))
      .map((a) => call(...a)),
  },
  { weight: 2, arbitrary: fc.constantFrom<Scripted>(broken(), new Error('a bug'), 'hang', never) },
);
const story = fc.record({
  script: fc.array(fc.array(part, { maxLength: 6 }), { maxLength: 5 }),
  eager: fc.boolean(),
  stopAfter: fc.option(fc.nat(12), { nil: undefined }),
});

test('whatever a provider does: one `done`, last; every call answered once; shown and kept are the same', async () => {
  await fc.assert(
    fc.asyncProperty(story, async ({ script, eager, stopAfter }) => {
      const stop = new AbortController();
      const events: TurnEvent[] = [];
      const emit = (event: TurnEvent) => {
        if (events.push(event) === stopAfter) stop.abort();
      };
      const bad = tool('bad', () => Promise.reject(new Error('bad')));
      const slow = tool(
        'slow',
        (_, { signal, output }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(output('late', 'stdout')))),
      );
      const slowOr = {
        ...slow,
        execute: ((input, context) => (stopAfter === undefined ? 'quick' : slow.execute(input, context))) as Tool['execute'],
      };
      const turn = begin(script, [dice, bad, slowOr], { emit, signal: stop.signal, policy: { maxConcurrent: 2, eager } });
      let over = false;
      const running = turn.outcome.finally(() => {
        over = true;
      });
      for (let n = 0; n < 40 && !over; n++) {
        await turn.clock.advance(600_000);
        if (n === 20) stop.abort();
      }
      const { messages, reason, error } = await running;
      expect(events.map(({ type }) => type).indexOf('done')).toBe(events.length - 1);
      expect(events.filter(({ type }) => type === 'error')).toHaveLength(error ? 1 : 0);
      expect(error !== undefined).toBe(reason === 'error');
      const chunks = messages.flatMap((message) => message.chunks);
      const ids = (type: string) => chunks.flatMap((chunk) => (chunk.type === type && 'toolCallId' in chunk ? [chunk.toolCallId] : []));
      expect(ids('tool-result')).toEqual(ids('tool-call'));
      expect(new Set(ids('tool-call')).size).toBe(ids('tool-call').length);
      expect(chunks.map((chunk) => ('text' in chunk ? chunk.text : '')).join('')).toBe(shown(events));
      expect(turn.clock.sleeping()).toBe(0);
    }),
    { numRuns: 150 },
  );
});

/** The words that a client shows at the end. */
function shown(events: readonly TurnEvent[]): string {
  let [kept, step] = ['', ''];
  for (const event of events) {
    if (event.type === 'text-delta' || event.type === 'reasoning-delta') step += event.delta;
    if (event.type === 'step-complete') [kept, step] = [kept + step, ''];
    if (event.type === 'provider-retry' && event.discard) step = '';
  }
  return kept + step;
}

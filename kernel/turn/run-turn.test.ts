import { describe, expect, test } from '@jest/globals';
import type { StepPart } from '../contracts/provider.js';
import { begin, call, dice, done, end, prompt, text, tool, usage, whole } from './scripted-turn.fixture.js';

describe('a turn without tools', () => {
  test('tells its whole story', async () => {
    const { events, outcome } = await whole([[{ type: 'open' }, { type: 'thinking', text: 'hm' }, ...text('Hello', ' world'), ...end()]]);
    const of = { conversationId: 'c', turnId: 't' };
    const used = { inputTokens: 10, outputTokens: 5 };
    const times = { ttftMs: 0, decodeMs: 0, genTotalMs: 0 };
    expect(events).toEqual([
      { type: 'turn-start', ...of },
      { type: 'reasoning-delta', ...of, delta: 'hm' },
      { type: 'text-delta', ...of, delta: 'Hello' },
      { type: 'text-delta', ...of, delta: ' world' },
      { type: 'usage', ...of, stepId: 't#0', usage: used },
      { type: 'step-complete', ...of, stepId: 't#0', ...times },
      { type: 'done', ...of, reason: 'stop', durationMs: 0, usage: used, contextSize: 15 },
    ]);
    expect(outcome).toEqual({
      messages: [
        {
          role: 'assistant',
          chunks: [
            { type: 'thinking', text: 'hm' },
            { type: 'text', text: 'Hello world' },
          ],
        },
      ],
      ...{ reason: 'stop', usage: used, contextSize: 15, error: undefined },
      steps: [{ stepId: 't#0', usage: used, ...times }],
    });
  });

  test.each([
    ['length', 'length'],
    ['tool_calls', 'stop'],
    ['content_filter', 'content_filter'],
  ])('V08: that finishes with %s is done with %s', async (finish, reason) => {
    expect((await whole([[...text('a'), ...end(10, 5, finish)]])).outcome.reason).toBe(reason);
  });

  test('V11: may be empty, and then adds nothing', async () => {
    const { lines, outcome } = await whole([[{ type: 'finish', reason: 'stop' }]]);
    expect(lines).toEqual([
      'turn-start',
      'usage #0 {"inputTokens":0,"outputTokens":0}',
      'step-complete #0',
      'done stop {"inputTokens":0,"outputTokens":0} 0',
    ]);
    expect(outcome.messages).toEqual([]);
  });
});

describe('a turn with tools', () => {
  test('runs them, shows the results in call order and asks again', async () => {
    const slow = tool('slow', async (_, { output }) => {
      output('working', 'stdout');
      await turn.clock.sleep(50);
      return 'slow one';
    });
    const turn = begin(
      [
        [...text('both'), call('a', 'slow'), call('b', 'dice', { sides: 6 }, 1), ...end()],
        [...text('fin'), ...end(30, 3)],
      ],
      [slow, dice],
    );
    await turn.clock.advance(100);
    expect(turn.lines()).toEqual([
      ...['turn-start', 'text-delta both', 'tool-call #0 a slow {}', 'tool-output a working stdout', 'tool-call #0 b dice {"sides":6}'],
      ...usage(0),
      ...['tool-result #0 b dice rolled of 6 false', 'tool-result #0 a slow slow one false', 'text-delta fin'],
      ...usage(1, 30, 3),
      'done stop {"inputTokens":40,"outputTokens":8} 33',
    ]);
    const result = (toolCallId: string, toolName: string, content: string) => ({
      type: 'tool-result',
      toolCallId,
      toolName,
      content,
      isError: false,
      stepId: 't#0',
    });
    const added = [
      {
        role: 'assistant',
        chunks: [
          { type: 'text', text: 'both' },
          { type: 'tool-call', toolCallId: 'a', toolName: 'slow', input: {}, stepId: 't#0' },
          { type: 'tool-call', toolCallId: 'b', toolName: 'dice', input: { sides: 6 }, stepId: 't#0' },
        ],
      },
      { role: 'tool', chunks: [result('a', 'slow', 'slow one')] },
      { role: 'tool', chunks: [result('b', 'dice', 'rolled of 6')] },
    ];
    expect(turn.provider.requests.map(({ messages }) => messages)).toEqual([[prompt], [prompt, ...added]]);
    expect((await turn.outcome).messages).toEqual([...added, { role: 'assistant', chunks: [{ type: 'text', text: 'fin' }] }]);
  });

  test('chains step after step, sums the tokens and keeps the last size', async () => {
    const steps = [1, 2, 3].map((n) => [call(`c${n}`, 'dice', { sides: n }), ...end(n * 100, n * 10)]);
    const { outcome, lines } = await whole([...steps, [...text('end'), ...end(400, 40)]]);
    expect(lines.at(-1)).toBe('done stop {"inputTokens":1000,"outputTokens":100} 440');
    expect(outcome.steps.map(({ stepId }) => stepId)).toEqual(['t#0', 't#1', 't#2', 't#3']);
    expect(outcome.messages.map(({ role }) => role)).toEqual(['assistant', 'tool', 'assistant', 'tool', 'assistant', 'tool', 'assistant']);
  });

  test('cache fields appear in the sum when any step had them', async () => {
    const cached: StepPart = { type: 'usage', usage: { inputTokens: 10, outputTokens: 5, cacheReadTokens: 7 } };
    const { outcome } = await whole([
      [call('a', 'dice'), ...end()],
      [...text('x'), cached, { type: 'finish', reason: 'stop' }],
    ]);
    expect(outcome.usage).toEqual({ inputTokens: 20, outputTokens: 10, cacheReadTokens: 7 });
  });

  test('that does not run them eagerly starts them when the step is complete', async () => {
    const policy = { maxConcurrent: 1, eager: false };
    const { lines } = await whole(
      [
        [call('a', 'dice'), call('b', 'dice', { sides: 2 }, 1), ...end()],
        [...text('x'), ...end()],
      ],
      [dice],
      { policy },
    );
    expect(lines.slice(1, 7)).toEqual([
      ...['tool-call #0 a dice {}', 'tool-call #0 b dice {"sides":2}', ...usage(0)],
      ...['tool-result #0 a dice rolled of undefined false', 'tool-result #0 b dice rolled of 2 false'],
    ]);
  });
});

describe('odd calls', () => {
  const bad = tool('bad', () => {
    throw new Error('out of order');
  });
  const oneStep = async (parts: StepPart[], tools = [dice, bad]) => {
    const { lines } = await whole(
      [
        [...parts, ...end()],
        [...text('sorry'), ...end()],
      ],
      tools,
    );
    expect(lines.slice(-4)).toEqual(['text-delta sorry', ...usage(1), done('stop', 2)]);
    return lines.filter((each) => /^tool-(call|result)/.test(each));
  };

  test.each([
    [
      'unparsable arguments',
      'dice',
      '{"sides": 6',
      ['{"unparsable":"{\\"sides\\": 6"}', expect.stringMatching(/ dice the arguments are not valid JSON .* true$/)],
    ],
    ['empty arguments', 'dice', '', ['{}', expect.stringContaining('rolled of undefined false')]],
    ['a list as arguments', 'dice', '[1]', ['{"unparsable":"[1]"}', expect.stringContaining('the arguments must be a JSON object true')]],
    ['an unknown tool', 'dise', '{}', ['{}', expect.stringContaining('there is no tool "dise"; the tools are: dice, bad true')]],
    ['a member of every object', 'constructor', '{}', ['{}', expect.stringContaining('there is no tool "constructor"')]],
    ['a tool that throws', 'bad', '{}', ['{}', expect.stringContaining('out of order true')]],
  ])('%s: answered, and the turn goes on', async (_, name, input, [shown, result]) => {
    expect(await oneStep([call('a', name, input)])).toEqual([`tool-call #0 a ${name} ${shown}`, result]);
  });

  test('equal calls of a step run once and are both answered', async () => {
    let runs = 0;
    const counts = tool('counts', () => `run ${++runs}`);
    expect(await oneStep([call('a', 'counts', { x: 1, y: 2 }), call('b', 'counts', { y: 2, x: 1 }, 1)], [counts])).toEqual([
      ...['tool-call #0 a counts {"x":1,"y":2}', 'tool-call #0 b counts {"y":2,"x":1}'],
      ...['tool-result #0 a counts run 1 false', 'tool-result #0 b counts run 1 false'],
    ]);
  });

  test('V07: every call of a turn has an id of its own, also when the model gives none or one twice', async () => {
    const calls = [
      call(undefined, 'dice', { n: 1 }),
      call('a', 'dice', { n: 2 }, 1),
      call('a', 'dice', { n: 3 }, 2),
      call('', 'dice', { n: 4 }, 3),
    ];
    const { events, outcome } = await whole([
      [...calls, ...end()],
      [call('a', 'dice'), ...end()],
      [...text('x'), ...end()],
    ]);
    const ids = (type: string) => events.flatMap((event) => (event.type === type && 'toolCallId' in event ? [event.toolCallId] : []));
    expect(ids('tool-call')).toEqual(['call_t_0', 'a', 'a_2', 'call_t_0_2', 'a_3']);
    expect(ids('tool-result').sort()).toEqual(ids('tool-call').sort());
    expect(outcome.messages.flatMap(({ chunks }) => chunks).filter(({ type }) => type === 'tool-result')).toHaveLength(5);
  });

  test('V09: the same call three steps running is not run a fourth time', async () => {
    let runs = 0;
    const again = Array.from({ length: 4 }, (_, i) => [call(`c${i}`, 'counts'), ...end()]);
    const { lines } = await whole([...again, [...text('gave up'), ...end()]], [tool('counts', () => `run ${++runs}`)]);
    expect(lines.filter((each) => each.startsWith('tool-result'))).toEqual([
      ...[1, 2, 3].map((n) => `tool-result #${n - 1} c${n - 1} counts run ${n} false`),
      expect.stringMatching(/^tool-result #3 c3 counts not run: this same call was made 3 steps running .* true$/),
    ]);
  });
});

describe('steering', () => {
  test('is handed over after the results, announced once, and seen by the model', async () => {
    const queue = ['first\n\nsecond', undefined];
    const script = [
      [call('a', 'dice'), ...end()],
      [call('b', 'dice', { n: 1 }), ...end()],
      [...text('ok'), ...end()],
    ];
    const { lines, provider, outcome } = await whole(script, [dice], { steering: async () => queue.shift() });
    expect(lines.filter((each) => /^(steering|tool-result|text)/.test(each))).toEqual([
      ...['tool-result #0 a dice rolled of undefined false', 'steering first\n\nsecond'],
      ...['tool-result #1 b dice rolled of undefined false', 'text-delta ok'],
    ]);
    expect(provider.requests[1]?.messages.at(-1)).toEqual({ role: 'user', chunks: [{ type: 'text', text: 'first\n\nsecond' }] });
    expect(outcome.messages.map(({ role }) => role)).toEqual(['assistant', 'tool', 'user', 'assistant', 'tool', 'assistant']);
  });

  test('is not taken where nobody would read it: at the end, and at the limit of steps', async () => {
    let asked = 0;
    const steering = async () => `asked ${++asked}`;
    await whole([[...text('x'), ...end()]], [dice], { steering });
    const { lines } = await whole([[call('a', 'dice'), ...end()]], [dice], { steering, maxSteps: 1 });
    expect([asked, lines.at(-1)]).toEqual([0, done('max-steps')]);
  });

  test('that fails ends the turn with an error', async () => {
    const { lines } = await whole([[call('a', 'dice'), ...end()]], [dice], { steering: () => Promise.reject(new Error('no queue')) });
    expect(lines.slice(-2)).toEqual(['error no queue provider-failed', done('error')]);
  });
});

test('V09: the limit of steps ends the turn after the results; 0 is no limit', async () => {
  const steps = Array.from({ length: 120 }, (_, n) => [call(`c${n}`, 'dice', { n }), ...end()]);
  const limited = await whole(steps, [dice], { maxSteps: 2 });
  expect(limited.lines.slice(-2)).toEqual(['tool-result #1 c1 dice rolled of undefined false', done('max-steps', 2)].slice(-2));
  expect(limited.provider.requests).toHaveLength(2);
  const unlimited = await whole([...steps, [...text('end'), ...end()]], [dice], { maxSteps: 0 });
  expect([unlimited.provider.requests.length, unlimited.outcome.reason]).toEqual([121, 'stop']);
});

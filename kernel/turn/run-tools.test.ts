import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Tool, ToolContext } from '../contracts/tool.js';
import { testClock } from '../testing/test-clock.js';
import type { Call } from './call-pieces.js';
import { type ToolKit, ToolRunner, type ToolStep } from './run-tools.js';

type Execute = (input: Record<string, unknown>, context: ToolContext) => unknown;
const tool = (name: string, execute: Execute, concurrencySafe?: boolean): Tool => ({
  name,
  description: name,
  input: { type: 'object' },
  concurrencySafe,
  execute: execute as Tool['execute'],
});
const call = (id: string, name: string, input: Record<string, unknown> = { id }): Call => ({ id, name, input });

function setUp(tools: Tool[], more: Partial<ToolKit & ToolStep> = {}) {
  const clock = testClock();
  const stop = new AbortController();
  const answers: [string, string, boolean, number | undefined][] = [];
  const outputs: string[] = [];
  const kit: ToolKit = {
    ...{ tools, clock, policy: { maxConcurrent: 4, eager: true } },
    context: { conversationId: 'c', turnId: 't', cwd: '/work', readableRoots: ['/spill'] },
    check: () => undefined,
    shorten: (content) => content,
    ...more,
  };
  const tell: ToolStep['tell'] = (event) => {
    if (event.type === 'tool-output') outputs.push(`${event.toolCallId} ${event.stream} ${event.data}`);
    if (event.type === 'tool-result') answers.push([event.toolCallId, event.content, event.isError, event.durationMs]);
  };
  const runner = new ToolRunner(kit, { stepId: 't#0', signal: stop.signal, refuse: () => undefined, tell, ...more });
  return { clock, stop, answers, outputs, runner };
}
const sayings = (answer: unknown) => tool('say', () => answer);
const abortedWords = 'aborted: the turn was stopped before this tool finished';

describe('an answer', () => {
  test.each([
    ['a text', 'hello', 'hello', false],
    ['a promise', Promise.resolve('later'), 'later', false],
    ['a success', { content: 'fine', isError: false }, 'fine', false],
    ['a failure', { content: 'bad', isError: true }, 'bad', true],
    ['no word on failure', { content: 'fine' }, 'fine', false],
    ['nothing', undefined, 'the tool "say" answered neither a text nor { content, isError }', true],
    ['a number', 7, 'the tool "say" answered neither a text nor { content, isError }', true],
    ['no text', { content: 7 }, 'the tool "say" answered neither a text nor { content, isError }', true],
  ])('of %s', async (_, answer, content, isError) => {
    const { runner, answers } = setUp([sayings(answer)]);
    runner.call(call('a', 'say'));
    await runner.all();
    expect(answers).toEqual([['a', content, isError, 0]]);
  });

  test('that is thrown or rejected is an error result', async () => {
    const throws = tool('throws', () => {
      throw new Error('out of dice');
    });
    const rejects = tool('rejects', async () => Promise.reject('no words'));
    const { runner, answers } = setUp([throws, rejects]);
    runner.call(call('a', 'throws'));
    runner.call(call('b', 'rejects'));
    await runner.all();
    expect(answers).toEqual([
      ['a', 'out of dice', true, 0],
      ['b', 'no words', true, 0],
    ]);
  });

  test('is shortened, and so are the words of an error', async () => {
    const long = tool('long', ({ fail }) => {
      if (fail) throw new Error('y'.repeat(100));
      return 'x'.repeat(100);
    });
    const { runner, answers } = setUp([long], { shorten: async (content, id) => `${id}:${content.slice(0, 3)}` });
    runner.call(call('a', 'long'));
    runner.call(call('b', 'long', { fail: true }));
    await runner.all();
    expect(answers.map(([, content]) => content)).toEqual(['a:xxx', 'b:yyy']);
  });

  test('that cannot be shortened says why', async () => {
    const { runner, answers } = setUp([sayings('x')], { shorten: () => Promise.reject(new Error('the disk is full')) });
    runner.call(call('a', 'say'));
    await runner.all();
    expect(answers).toEqual([['a', 'the disk is full', true, 0]]);
  });

  test('says how long it took', async () => {
    const { clock, runner, answers } = setUp([tool('slow', () => clock.sleep(70).then(() => 'done'))]);
    runner.call(call('a', 'slow'));
    await clock.advance(100);
    expect(answers).toEqual([['a', 'done', false, 70]]);
  });
});

describe('a call that is not run', () => {
  const forbidden = tool('dice', () => {
    throw new Error('it must not run');
  });

  test.each([
    ['of a tool there is not', call('a', 'dise'), {}, 'there is no tool "dise"; the tools are: dice'],
    ['of a member of every object', call('a', 'constructor'), {}, 'there is no tool "constructor"; the tools are: dice'],
    ['with a problem', { ...call('a', 'dice'), problem: 'no JSON' }, {}, 'no JSON'],
    ['that the schema refuses', call('a', 'dice'), { check: () => 'sides must be a number' }, 'sides must be a number'],
    ['that is refused', call('a', 'dice'), { refuse: () => 'three times already' }, 'three times already'],
    [
      'whose schema is broken',
      call('a', 'dice'),
      {
        check: () => {
          throw new Error('the schema does not compile');
        },
      },
      'the schema does not compile',
    ],
  ])('%s', async (_, asked, more: Partial<ToolKit & ToolStep>, content) => {
    const { runner, answers } = setUp([forbidden], more);
    runner.call(asked);
    await runner.all();
    expect(answers).toEqual([['a', content, true, 0]]);
  });
});

describe('a running tool', () => {
  test('gets its input and knows where it is; what it does to the input harms nobody', async () => {
    const seen: unknown[] = [];
    const nosy = tool('nosy', (input, { output, signal, ...context }) => {
      seen.push({ ...input }, context);
      input.id = 'changed';
      output('working', 'stderr');
      return 'ok';
    });
    const { runner, outputs } = setUp([nosy]);
    const asked = call('a', 'nosy');
    runner.call(asked);
    await runner.all();
    expect(seen).toEqual([{ id: 'a' }, { conversationId: 'c', turnId: 't', cwd: '/work', readableRoots: ['/spill'], toolCallId: 'a' }]);
    expect(outputs).toEqual(['a stderr working']);
    expect(asked.input).toEqual({ id: 'a' });
  });

  test('shows nothing any more once it has been answered', async () => {
    let late: ToolContext['output'] = () => undefined;
    const { runner, outputs } = setUp([
      tool('x', (_, { output }) => {
        late = output;
        return 'ok';
      }),
    ]);
    runner.call(call('a', 'x'));
    await runner.all();
    late('too late', 'stdout');
    expect(outputs).toEqual([]);
  });

  test('is told of an abort, and answered as aborted whatever it says', async () => {
    const heeds = tool(
      'heeds',
      (_, { signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve('half done'))),
      true,
    );
    const throws = tool(
      'throws',
      (_, { signal }) => new Promise((__, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      true,
    );
    const { runner, answers, stop } = setUp([heeds, throws]);
    runner.call(call('a', 'heeds'));
    runner.call(call('b', 'throws'));
    stop.abort();
    await runner.all();
    expect(answers.sort()).toEqual([
      ['a', abortedWords, true, 0],
      ['b', abortedWords, true, 0],
    ]);
  });

  test('that ignores an abort is answered for after five seconds', async () => {
    const deaf = tool('deaf', () => new Promise(() => undefined));
    const { runner, answers, stop, clock } = setUp([deaf]);
    for (const id of ['a', 'b']) runner.call(call(id, 'deaf'));
    stop.abort();
    await clock.advance(4_999);
    expect(answers).toEqual([]);
    await clock.advance(1);
    await runner.all();
    expect(answers).toEqual([
      ['a', abortedWords, true, 5_000],
      ['b', abortedWords, true, 0],
    ]);
  });

  test('that itself causes the abort is answered for too', async () => {
    const { runner, answers, stop, clock } = setUp([
      tool('stops', () => {
        stop.abort();
        return new Promise(() => undefined);
      }),
    ]);
    runner.call(call('a', 'stops'));
    await clock.advance(5_000);
    expect(answers.map(([, content]) => content)).toEqual([abortedWords]);
  });

  test('may have twenty others beside it, each with a signal of its own to listen to', async () => {
    const warnings: string[] = [];
    const warn = ({ message }: Error) => void warnings.push(message);
    process.on('warning', warn);
    const many = tool('many', (_, { signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve('x'))), true);
    const { runner, answers, stop } = setUp([many], { policy: { maxConcurrent: 0, eager: true } });
    for (let i = 0; i < 20; i++) runner.call(call(`${i}`, 'many'));
    stop.abort();
    await runner.all();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', warn);
    expect([answers.length, warnings]).toEqual([20, []]);
  });
});

const kinds = [true, true, false];
const plan = fc.record({
  cap: fc.nat(4),
  abortAt: fc.option(fc.nat(200), { nil: undefined }),
  calls: fc.array(fc.record({ kind: fc.nat(2), input: fc.nat(3), ms: fc.integer({ min: 0, max: 50 }), fails: fc.boolean() }), {
    maxLength: 12,
  }),
});

test('whatever is called: all is answered, equal calls run once, unsafe tools run alone, the cap holds', async () => {
  await fc.assert(
    fc.asyncProperty(plan, async ({ cap, abortAt, calls }) => {
      const running = new Map<string, number>();
      const ran: string[] = [];
      const tools = kinds.map((safe, kind) =>
        tool(
          `t${kind}`,
          async ({ input, ms, fails }, { signal }) => {
            for (const each of running.keys()) expect([safe, kinds[Number(each[1])]]).toEqual([true, true]);
            const key = `t${kind} ${input} ${ms} ${fails}`;
            ran.push(key);
            running.set(key, 1);
            if (cap > 0) expect(running.size).toBeLessThanOrEqual(cap);
            await clock.sleep(ms as number, signal);
            running.delete(key);
            if (fails) throw new Error('failed');
            return key;
          },
          safe,
        ),
      );
      const { runner, answers, clock, stop } = setUp(tools, { policy: { maxConcurrent: cap, eager: true } });
      calls.forEach(({ kind, ...input }, i) => {
        runner.call(call(`${i}`, `t${kind}`, input));
      });
      if (abortAt !== undefined) {
        await clock.advance(abortAt);
        stop.abort();
      }
      await clock.advance(10_000);
      expect((await runner.all()).map(({ toolCallId }) => Number(toolCallId))).toEqual(calls.map((_, i) => i));
      expect(answers.map(([id]) => Number(id)).sort((a, b) => a - b)).toEqual(calls.map((_, i) => i));
      const keys = calls.map(({ kind, input, ms, fails }) => `t${kind} ${input} ${ms} ${fails}`);
      expect(new Set(ran).size).toBe(ran.length);
      if (abortAt === undefined) expect([...ran].sort()).toEqual([...new Set(keys)].sort());
      for (const [id, content, isError] of answers)
        if (content !== abortedWords)
          expect([content, isError]).toEqual(calls[Number(id)]?.fails ? ['failed', true] : [keys[Number(id)], false]);
        else expect(abortAt).toBeDefined();
    }),
    { numRuns: 60 },
  );
});

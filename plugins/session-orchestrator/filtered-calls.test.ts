import { expect, test } from '@jest/globals';
import type { Tool, ToolContext } from 'dispatch/kernel';
import { quietLogger } from 'dispatch/testing';
import type { CallFilter } from './contract.js';
import { CallChain, type InputCheck } from './filtered-calls.js';

const context: ToolContext = {
  conversationId: 'c',
  turnId: 't',
  toolCallId: 'call',
  cwd: '/',
  readableRoots: [],
  signal: new AbortController().signal,
  output: () => undefined,
};
const echo: Tool = { name: 'echo', description: 'says it again', input: { type: 'object' }, execute: ({ text }) => `said ${text}` };
const fits: InputCheck = (_, input) => (typeof (input as { text?: unknown }).text === 'string' ? undefined : 'text is missing');

/** The answer to a call of `echo` with "a". */
async function said(filters: CallFilter[], tool = echo) {
  const logger = quietLogger();
  const [shown] = new CallChain(filters, logger).of([tool], fits);
  return { answer: await shown?.execute({ text: 'a' }, context), logger };
}

test('where nobody looks at calls the tools are the very same', () => {
  const tools = [echo];
  expect(new CallChain([], quietLogger()).of(tools, fits)).toBe(tools);
});

test('filters change the input one after another, and see the answer in reverse', async () => {
  const seen: string[] = [];
  const filter = (name: string, order: number): CallFilter => ({
    order,
    before: ({ input }) => ({ input: { text: `${(input as { text: string }).text}${name}` } }),
    after: ({ content }) => {
      seen.push(name);
      return `${content} ${name}`;
    },
  });
  const { answer } = await said([filter('2', 2), filter('1', 1)]);
  expect(answer).toEqual({ content: 'said a12 2 1', isError: false });
  expect(seen).toEqual(['2', '1']);
});

test('a refusal is told to the model, and the tool does not run', async () => {
  let runs = 0;
  const tool: Tool = { ...echo, execute: () => `run ${++runs}` };
  const { answer } = await said([{ before: () => ({ refuse: 'not on a Sunday' }) }], tool);
  expect(answer).toEqual({ content: 'the call was refused: not on a Sunday', isError: true });
  expect(runs).toBe(0);
});

test('what a filter does to what it is shown is nobody else’s', async () => {
  const { answer } = await said([
    {
      before: ({ input }) => {
        (input as { text: string }).text = 'changed';
        return undefined;
      },
    },
  ]);
  expect(answer).toEqual({ content: 'said a', isError: false });
});

test.each<[string, CallFilter, RegExp]>([
  [
    'throws before',
    {
      before: () => {
        throw new Error('broken');
      },
    },
    /was skipped: broken/,
  ],
  ['gives an input that does not fit', { before: () => ({ input: { no: 1 } }) }, /text is missing/],
  ['answers nonsense after', { after: () => 7 as never }, /neither a text nor/],
])('a filter that %s is reported and skipped', async (_, filter, words) => {
  const { answer, logger } = await said([filter]);
  expect(answer).toEqual({ content: 'said a', isError: false });
  expect(logger.records.join('\n')).toMatch(words);
});

test('a critical filter that fails lets nothing through', async () => {
  const broken = () => {
    throw new Error('broken');
  };
  expect((await said([{ critical: true, before: broken }])).answer).toEqual({ content: 'the call was refused: broken', isError: true });
  expect((await said([{ critical: true, after: broken }])).answer).toEqual({ content: 'the answer is withheld: broken', isError: true });
});

test('what a tool throws is an answer that filters see, too', async () => {
  const tool: Tool = { ...echo, execute: () => Promise.reject(new Error('no such word')) };
  const { answer } = await said([{ after: ({ content, isError }) => ({ content: `${content}!`, isError }) }], tool);
  expect(answer).toEqual({ content: 'no such word!', isError: true });
});

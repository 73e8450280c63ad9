import { expect } from '@jest/globals';
import { type Message, ProviderError, type StepPart } from '../contracts/provider.js';
import type { Tool, ToolContext } from '../contracts/tool.js';
import { fakeProvider, type Scripted } from '../testing/fake-provider.js';
import { testClock } from '../testing/test-clock.js';
import type { TurnEvent } from '../wire/index.js';
import type { RetryPolicy } from './retry.js';
import { runTurn, type TurnInput } from './run-turn.js';

export const defaultRetry: RetryPolicy = { tries: 8, baseMs: 1_000, maxMs: 60_000, restarts: 2, afterMaxMs: 300_000 };
const defaultWatchdog = { firstByteMs: 300_000, silenceMs: 120_000 };

/** Part of the tests of turns: a turn with a scripted provider on a clock that stands still. */
export const prompt: Message = { role: 'user', chunks: [{ type: 'text', text: 'do it' }] };
export const tool = (
  name: string,
  execute: (input: Record<string, unknown>, context: ToolContext) => unknown,
  concurrencySafe = true,
): Tool => ({
  ...{ name, description: name, input: { type: 'object' }, concurrencySafe },
  execute: execute as Tool['execute'],
});
export const dice = tool('dice', ({ sides }) => `rolled of ${sides}`);

export const text = (...words: string[]): StepPart[] => words.map((each) => ({ type: 'text', text: each }));
export const call = (id: string | undefined, name: string, input: unknown = {}, index = 0): StepPart => ({
  ...{ type: 'call', index, id, name },
  input: typeof input === 'string' ? input : JSON.stringify(input),
});
export const end = (inputTokens = 10, outputTokens = 5, reason = 'stop'): StepPart[] => [
  { type: 'usage', usage: { inputTokens, outputTokens } },
  { type: 'finish', reason },
];
export const broken = (message = 'reset') => new ProviderError(message, { code: 'network', retryable: true });
export const never = () => new Promise(() => undefined);
export const idle = () => new Promise((resolve) => setImmediate(resolve));

export function begin(script: Scripted[][], tools: Tool[] = [dice], more: Partial<TurnInput> = {}) {
  const clock = testClock();
  const stop = new AbortController();
  const events: TurnEvent[] = [];
  const provider = fakeProvider(script);
  const credential = { name: 'test', provider: 'fake' };
  const outcome = runTurn({
    ...{ conversationId: 'c', turnId: 't', messages: [prompt], tools, clock, maxSteps: 100 },
    ...{ signal: stop.signal, retry: defaultRetry, watchdog: defaultWatchdog, policy: { maxConcurrent: 4, eager: true } },
    stream: (messages, offered, signal) => provider.stream(credential, { model: 'm', messages, tools: offered, signal }),
    emit: (event) => void events.push(event),
    steering: async () => undefined,
    random: () => 0.5,
    context: { conversationId: 'c', turnId: 't', cwd: '/work', readableRoots: [] },
    check: () => undefined,
    shorten: (content) => content,
    ...more,
  });
  return { clock, stop, events, provider, outcome, lines: () => events.map(line) };
}
/** Runs a turn to its end, however long it waits. */
export async function whole(...args: Parameters<typeof begin>) {
  const turn = begin(...args);
  let over = false;
  const outcome = turn.outcome.finally(() => {
    over = true;
  });
  while (!over) await turn.clock.advance(600_000);
  return { ...turn, lines: turn.lines(), outcome: await outcome };
}
/** An event in one line: all of it that is not the same in each. */
export function line({ conversationId, turnId, ...event }: TurnEvent): string {
  expect([conversationId, turnId]).toEqual(['c', 't']);
  const { type, stepId, durationMs, ...rest } = event as TurnEvent & Record<string, unknown>;
  const values = Object.values(rest).filter((value) => value !== undefined);
  const shown = values.map((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value)));
  return [type, ...(stepId === undefined ? [] : [String(stepId).replace('t#', '#')]), ...shown].join(' ');
}
export const usage = (step: number, input = 10, output = 5) => [
  `usage #${step} {"inputTokens":${input},"outputTokens":${output}}`,
  `step-complete #${step} 0 0 0`,
];
export const done = (reason: string, steps = 1) => `done ${reason} {"inputTokens":${10 * steps},"outputTokens":${5 * steps}} 15`;

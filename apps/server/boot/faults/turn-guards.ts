import {
  type EventListener,
  EventListeners,
  type Filter,
  type Message,
  MessageFilters,
  PromptFilters,
  type Provider,
  Providers,
  type StepStream,
  type Tool,
  type ToolContext,
  ToolFilters,
  Tools,
  type TurnContext,
} from 'dispatch/kernel';
import { type CallFilter, CallFilters, type ToolCall } from '../../../../plugins/session-orchestrator/contract.js';
import { frozen } from './frozen.js';
import { isDeliberate, type Keeper, named } from './keeper.js';

export interface GuardLimits {
  toolMs: number;
  filterMs: number;
}

/** What stands in for some members of what fills a slot. Throws, with a sentence, for what cannot fill it. */
export type Guard = (its: never, keeper: Keeper, limits: GuardLimits) => Record<string, unknown>;
/** By slot. */
export type Guards = ReadonlyMap<symbol, Guard>;

/** Throws the sentence when something does not hold. */
export function must(holds: boolean, sentence: string): void {
  if (!holds) throw new Error(sentence);
}

/** Output of one call at most, in characters; the rest is not shown. */
const mostOutput = 16 * 1024 * 1024;
/** How long a listener may hold up everything, in milliseconds. */
const listenerMs = 200;

function tool(its: Tool, keeper: Keeper, { toolMs }: GuardLimits): Record<string, unknown> {
  must(typeof its.name === 'string' && /^[\w-]{1,64}$/.test(its.name), 'its tool has no "name" of up to 64 letters, digits, _ and -');
  must(typeof its.description === 'string', `its tool "${its.name}" has no "description" that a model could read`);
  must(Object(its.input) === its.input && !Array.isArray(its.input), `the "input" of its tool "${its.name}" is no JSON Schema`);
  must(typeof its.execute === 'function', `its tool "${its.name}" has no execute()`);
  const what = `the tool "${its.name}"`;
  const execute = async (input: unknown, context: ToolContext): Promise<unknown> => {
    const answer = await keeper.call(
      what,
      toolMs,
      (signal) =>
        its.execute(input, { ...context, ...limitedOutput(context, what, keeper), signal: AbortSignal.any([context.signal, signal]) }),
      (thrown) => context.signal.aborted || isDeliberate(thrown),
    );
    if (!isAnswer(answer)) keeper.fault(what, 'it answered neither a text nor { content, isError }');
    return answer;
  };
  return { execute };
}

const isAnswer = (answer: unknown): boolean =>
  typeof answer === 'string' || typeof (answer as { content?: unknown } | undefined)?.content === 'string';

function limitedOutput({ output }: ToolContext, what: string, keeper: Keeper): Pick<ToolContext, 'output'> {
  let left = mostOutput;
  return {
    output: (data, stream) => {
      if (left <= 0) return;
      left -= data.length;
      if (left <= 0) keeper.fault(what, `it showed more than ${mostOutput} characters of output; the rest is not shown`);
      output(data, stream);
    },
  };
}

function filter<T>(what: string, isResult: (value: unknown) => boolean, shape: string): Guard {
  return (its: Filter<T>, keeper, { filterMs }) => {
    must(typeof its.filter === 'function', `it fills a place for filters and has no filter()`);
    const run = async (value: T, context: TurnContext): Promise<T> => {
      const next = await keeper.call(what, filterMs, async () => {
        const result = await its.filter(frozen(value), Object.freeze({ ...context }));
        must(isResult(result), `it answered no ${shape}`);
        return result;
      });
      return next;
    };
    if (!keeper.critical) return { filter: run };
    const refuse = (thrown: unknown) => {
      throw new Error(
        `the critical plugin "${keeper.id}" failed, so this turn is refused: ${thrown instanceof Error ? thrown.message : thrown}`,
      );
    };
    return { critical: true, filter: (value: T, context: TurnContext) => run(value, context).catch(refuse) };
  };
}

function calls(its: CallFilter, keeper: Keeper, { filterMs }: GuardLimits): Record<string, unknown> {
  const { before, after } = its;
  must(before === undefined || typeof before === 'function', 'its filter of calls has a "before" that is no function');
  must(after === undefined || typeof after === 'function', 'its filter of calls has an "after" that is no function');
  must(before !== undefined || after !== undefined, 'it fills a place for filters of calls and has neither before() nor after()');
  const asked = <T>(when: string, work: () => T | Promise<T>): Promise<T> => keeper.call(`its filter ${when} calls`, filterMs, work);
  return {
    ...(keeper.critical && { critical: true }),
    ...(before && {
      before: (call: ToolCall, context: ToolContext) =>
        asked('before', async () => {
          const verdict = await before.call(its, call, context);
          must(isVerdict(verdict), 'it answered neither nothing nor { input } nor { refuse }');
          return verdict;
        }),
    }),
    ...(after && {
      after: (answer: { content: string; isError: boolean }, call: ToolCall, context: ToolContext) =>
        asked('after', async () => {
          const changed = await after.call(its, answer, call, context);
          must(isAnswer(changed), 'it answered neither a text nor { content, isError }');
          return changed;
        }),
    }),
  };
}

const isVerdict = (verdict: unknown): boolean =>
  verdict === undefined ||
  (Object(verdict) === verdict &&
    (typeof (verdict as { refuse?: unknown }).refuse === 'string' || Object.hasOwn(verdict as object, 'input')));

function listener(its: EventListener, keeper: Keeper): Record<string, unknown> {
  must(typeof its.onEvent === 'function', 'it fills a place for listeners and has no onEvent()');
  const what = 'its event listener';
  return {
    onEvent: (event: object) => {
      const began = performance.now();
      const told = keeper.now<unknown>(
        what,
        () => its.onEvent({ ...event } as never),
        () => undefined,
      );
      if (told instanceof Promise) told.catch((thrown: unknown) => keeper.fault(what, thrown));
      const took = Math.round(performance.now() - began);
      if (took > listenerMs) keeper.fault(what, `it held up everything for ${took} ms`);
    },
  };
}

function provider(its: Provider, keeper: Keeper): Record<string, unknown> {
  must(typeof its.kind === 'string' && its.kind !== '', 'its provider has no "kind"');
  must(typeof its.models === 'function' && typeof its.stream === 'function', `its provider "${its.kind}" has no models() or no stream()`);
  const what = `the provider "${its.kind}"`;
  const noted = (thrown: unknown): never => {
    keeper.fault(what, thrown, named('ProviderError')(thrown) || named('AbortError')(thrown));
    throw thrown;
  };
  return {
    models: async (...given: Parameters<Provider['models']>) => {
      try {
        return await its.models(...given);
      } catch (thrown) {
        return noted(thrown);
      }
    },
    stream: (...given: Parameters<Provider['stream']>): StepStream => {
      const stream = keeper.now(what, () => its.stream(...given), noted);
      const { each } = stream;
      return {
        ...(each && { each: (take) => each.call(stream, take).catch(noted) }),
        async *[Symbol.asyncIterator]() {
          try {
            yield* stream;
          } catch (thrown) {
            noted(thrown);
          }
        },
      };
    },
  };
}

const isTool = (value: unknown): boolean => typeof (value as Tool)?.name === 'string' && typeof (value as Tool).execute === 'function';
const isMessage = (value: unknown): boolean => typeof (value as Message)?.role === 'string' && Array.isArray((value as Message).chunks);
const listOf = (isOne: (value: unknown) => boolean) => (value: unknown) => Array.isArray(value) && value.every(isOne);

/** What takes part in a turn. */
export const turnGuards: Guards = new Map<symbol, Guard>([
  [Tools, tool],
  [ToolFilters, filter('its filter of tools', listOf(isTool), 'list of tools')],
  [PromptFilters, filter('its filter of the system prompt', (value) => typeof value === 'string', 'text')],
  [MessageFilters, filter('its filter of messages', listOf(isMessage), 'list of messages')],
  [CallFilters, calls],
  [EventListeners, listener],
  [Providers, provider],
]);

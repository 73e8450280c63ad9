import { type Filter, runFilters, type TurnContext } from '../bus/filters.js';
import type { Credential, Provider, StepPart, StepRequest } from '../contracts/provider.js';
import { type ToolContext, Tools } from '../contracts/tool.js';
import { messageOf } from '../errors.js';
import type { Slot } from '../plugins/ids.js';
import { stepRequest, toolContext, turnContext } from './contexts.js';
import type { TestHost } from './host-with.js';

type Host = Pick<TestHost, 'get'>;

/** Calls a tool of this host as a turn does: the answer in its long form, an error result for what it throws. */
export async function useTool(
  host: Host,
  name: string,
  input: unknown = {},
  context?: Partial<ToolContext>,
): Promise<{ content: string; isError: boolean }> {
  const tool = host.get(Tools).find((each) => each.name === name);
  if (!tool)
    throw new Error(
      `the host has no tool "${name}"; it has: ${
        host
          .get(Tools)
          .map((each) => each.name)
          .join(', ') || 'none'
      }`,
    );
  try {
    const answer = await tool.execute(input, toolContext(context));
    return typeof answer === 'string' ? { content: answer, isError: false } : answer;
  } catch (thrown) {
    return { content: messageOf(thrown), isError: true };
  }
}

/** What the filters of a slot make of a value, in their order. One that throws fails the test. */
export function useFilters<T>(host: Host, slot: Slot<Filter<T>>, value: T, context?: Partial<TurnContext>): Promise<T> {
  return runFilters(host.get(slot), value, turnContext(context), (thrown) => {
    throw thrown;
  });
}

/** The parts of one step of a provider, to their end. */
export async function useProvider(
  provider: Provider,
  request?: string | Partial<StepRequest>,
  credential: Credential = { name: 'test', provider: provider.kind },
): Promise<StepPart[]> {
  const parts: StepPart[] = [];
  for await (const part of provider.stream(credential, stepRequest(request))) parts.push(part);
  return parts;
}

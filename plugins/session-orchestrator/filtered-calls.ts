import { inject, Logger, messageOf, plugin, service, type Tool, type ToolAnswer, type ToolContext } from 'dispatch/kernel';
import { type CallFilter, CallFilters, type ToolCall } from './contract.js';

/** What is wrong with an input, by the tool's schema. */
export type InputCheck = (tool: Tool, input: unknown) => string | undefined;

/** Has filters look at the tool calls of a turn. */
export interface FilteredCalls {
  /** The tools as a turn runs them. Where nobody looks at calls these are the very same. */
  of(tools: readonly Tool[], check: InputCheck): readonly Tool[];
}
export const FilteredCalls = service<FilteredCalls>('dispatch.filtered-calls');

type Answer = Exclude<ToolAnswer, string>;

@plugin({ id: 'session-orchestrator-calls', version: '0.1.0', provides: FilteredCalls })
export class CallChain implements FilteredCalls {
  constructor(
    @inject(CallFilters) private readonly filters: readonly CallFilter[],
    @inject(Logger) private readonly logger: Logger,
  ) {}

  of(tools: readonly Tool[], check: InputCheck): readonly Tool[] {
    if (this.filters.length === 0) return tools;
    const chain = [...this.filters].sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
    return tools.map((tool) => {
      const { name, description, input, concurrencySafe } = tool;
      const execute: Tool['execute'] = (given: unknown, context) => this.run(chain, { tool, check, given, context });
      return { name, description, input, concurrencySafe, execute };
    });
  }

  private async run(chain: readonly CallFilter[], asked: Asked): Promise<Answer> {
    const { tool, context } = asked;
    const before = await this.before(chain, asked);
    if ('refuse' in before) return { content: before.refuse, isError: true };
    const call = { toolName: tool.name, input: before.input };
    let answer = await answerOf(tool, before.input, context);
    for (const filter of chain.toReversed()) {
      if (!filter.after || context.signal.aborted) continue;
      try {
        answer = asAnswer(await filter.after({ ...answer }, copy(call), context));
      } catch (thrown) {
        if (filter.critical === true) return { content: `the answer is withheld: ${messageOf(thrown)}`, isError: true };
        this.report(tool, thrown);
      }
    }
    return answer;
  }

  private async before(
    chain: readonly CallFilter[],
    { tool, check, given, context }: Asked,
  ): Promise<{ input: unknown } | { refuse: string }> {
    let input = given;
    for (const filter of chain) {
      if (!filter.before || context.signal.aborted) continue;
      try {
        const verdict = await filter.before(copy({ toolName: tool.name, input }), context);
        if (verdict === undefined) continue;
        if ('refuse' in verdict) return { refuse: `the call was refused: ${verdict.refuse}` };
        const problem = check(tool, verdict.input);
        if (problem !== undefined) throw new Error(`it gave the call an input that does not fit: ${problem}`);
        input = verdict.input;
      } catch (thrown) {
        if (filter.critical === true) return { refuse: `the call was refused: ${messageOf(thrown)}` };
        this.report(tool, thrown);
      }
    }
    return { input };
  }

  private report({ name }: Tool, thrown: unknown): void {
    this.logger.error(`a filter of calls failed and was skipped: ${messageOf(thrown)}`, { tool: name });
  }
}

interface Asked {
  tool: Tool;
  check: InputCheck;
  given: unknown;
  context: ToolContext;
}

/** What one filter does to the input it is shown is nobody else's. */
const copy = (call: ToolCall): ToolCall => ({ ...call, input: structuredClone(call.input) });

async function answerOf(tool: Tool, input: unknown, context: ToolContext): Promise<Answer> {
  try {
    return asAnswer(await tool.execute(input, context), `the tool "${tool.name}"`);
  } catch (thrown) {
    return { content: messageOf(thrown), isError: true };
  }
}

/** What was written without types may answer anything. */
function asAnswer(answer: ToolAnswer, who = 'it'): Answer {
  const { content, isError } = Object(typeof answer === 'string' ? { content: answer } : answer) as Record<keyof Answer, unknown>;
  if (typeof content !== 'string') throw new Error(`${who} answered neither a text nor { content, isError }`);
  return { content, isError: isError === true };
}

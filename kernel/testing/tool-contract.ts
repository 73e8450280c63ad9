import type { Tool, ToolContext } from '../contracts/tool.js';
import { messageOf } from '../errors.js';
import { toolContext } from './contexts.js';

export interface ToolTrial {
  /** Inputs to try; what `check` refuses is not handed to the tool. */
  inputs?: readonly unknown[];
  /** As the turn does it: says what is wrong with an input, by the tool's schema; throws when the schema does not compile. */
  check?(tool: Tool, input: unknown): string | undefined;
  context?: Partial<ToolContext>;
}

/** Every way in which this tool breaks the contract of tools; none: `expect(await toolContract(tool)).toEqual([])`. */
export async function toolContract(tool: Tool, { inputs = [], check = () => undefined, context }: ToolTrial = {}): Promise<string[]> {
  const problems: string[] = [];
  const { type = 'object', required = [], properties = {} } = tool.input;
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(tool.name)) problems.push(`the name "${tool.name}" is not 1 to 64 letters, digits, "_" and "-"`);
  if (tool.description.trim() === '') problems.push('there is no description');
  if (type !== 'object') problems.push(`the input must be an object, its schema says ${JSON.stringify(type)}`);
  for (const name of required as string[])
    if (!Object.hasOwn(properties as object, name)) problems.push(`the schema requires "${name}" and has no such property`);
  const given = toolContext(context);
  for (const input of inputs) {
    const problem = await trial(() => (check(tool, input) === undefined ? tool.execute(input, given) : ''));
    if (problem) problems.push(`for ${JSON.stringify(input).slice(0, 200)} it ${problem}`);
  }
  return problems;
}

async function trial(run: () => unknown): Promise<string | undefined> {
  try {
    const answer = await run();
    const { content, isError } = Object(answer) as Record<string, unknown>;
    const fits = typeof answer === 'string' || (typeof content === 'string' && typeof isError === 'boolean');
    return fits ? undefined : 'answers neither a text nor { content, isError }';
  } catch (thrown) {
    return `throws instead of answering: ${messageOf(thrown)}`;
  }
}

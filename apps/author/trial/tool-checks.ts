import { Ajv } from 'ajv';
import { messageOf, type Tool } from 'dispatch/kernel';
import { toolContext, toolContract } from 'dispatch/testing';
import { isDeliberate } from '../../server/boot/faults/keeper.js';
import { type Check, check } from '../checks.js';
import { fittingInputs, oddInputs } from './sample-input.js';
import { within } from './within.js';

export interface ToolWish {
  cwd: string;
  /** Whether it may be called. */
  calls: boolean;
  /** Milliseconds that it may take to answer what is made up; to end when it is told to, a third of it. */
  patienceMs: number;
  /** Characters of an answer that a model is shown. */
  mostCharacters: number;
}

/** What a tool of a plugin has to stand. */
export async function toolChecks(tool: Tool, { cwd, calls, patienceMs, mostCharacters }: ToolWish): Promise<Check[]> {
  const about = `its tool "${tool.name}"`;
  const schema = schemaProblem(tool);
  const checks = [check(`${about} has a name, a description and a schema that a model can use`, schema ?? (await described(tool)))];
  if (!calls || schema) return checks;
  const fitting = fittingInputs(tool.input);
  if (fitting.length === 0)
    return [...checks, check(`${about} can be called`, 'no input could be made up that its schema takes: add "examples" to the schema')];
  const context = () => toolContext({ cwd });
  const answers: string[] = [];
  const problems: string[] = [];
  for (const input of fitting) {
    const found = await within(patienceMs, () => tool.execute(input, context()));
    const problem = problemOf(found, input, patienceMs);
    if (problem) problems.push(problem);
    else if (found !== 'late' && 'answer' in found) answers.push(textOf(found.answer));
  }
  checks.push(check(`${about} answers what its schema takes`, joined(problems)));
  const long = Math.max(0, ...answers.map((each) => each.length));
  const isLong = `it has ${long} characters; a model is shown ${mostCharacters}, the rest goes to a file: answer what matters`;
  checks.push(check(`${about} gives an answer of a size that a model can read`, long > mostCharacters ? isLong : undefined));
  checks.push(check(`${about} comes back from input that nobody expects`, await stuckOn(tool, context, patienceMs)));
  const stop = new AbortController();
  const asked = within(patienceMs / 3, () => tool.execute(fitting[0], { ...context(), signal: stop.signal }));
  stop.abort(new Error('the turn was stopped'));
  const goesOn = `it goes on though its signal was aborted: hand context.signal on to what it waits for`;
  checks.push(check(`${about} ends when its turn is stopped`, (await asked) === 'late' ? goesOn : undefined));
  return checks;
}

function schemaProblem(tool: Tool): string | undefined {
  try {
    const ajv = new Ajv({ strict: false });
    ajv.compile(tool.input);
    return undefined;
  } catch (thrown) {
    return `its schema is none: ${messageOf(thrown)}`;
  }
}

const described = async (tool: Tool): Promise<string | undefined> => joined(await toolContract(tool));

const joined = (problems: readonly string[]): string | undefined => (problems.length > 0 ? problems.join('; ') : undefined);
const textOf = (answer: Awaited<ReturnType<Tool['execute']>>): string => (typeof answer === 'string' ? answer : answer.content);
const shown = (input: unknown): string => (JSON.stringify(input) ?? String(input)).slice(0, 80);

type Found = Awaited<ReturnType<typeof within<Awaited<ReturnType<Tool['execute']>>>>>;

/** Saying no by throwing an `Error` is fine; a slip of the code is not. */
function problemOf(found: Found, input: unknown, ms: number): string | undefined {
  if (found === 'late') return `for ${shown(input)} it gave no answer within ${ms / 1000} s`;
  if ('thrown' in found) return isDeliberate(found.thrown) ? undefined : `for ${shown(input)} it threw ${String(found.thrown)}`;
  const { content, isError } = Object(found.answer) as Record<string, unknown>;
  const fits = typeof found.answer === 'string' || (typeof content === 'string' && typeof isError === 'boolean');
  return fits ? undefined : `for ${shown(input)} it answered neither a text nor { content, isError }`;
}

/** A server hands a tool only what its schema takes; a schema can be too kind, and what is thrown is contained. */
async function stuckOn(tool: Tool, context: () => ReturnType<typeof toolContext>, ms: number): Promise<string | undefined> {
  const end = performance.now() + ms;
  for (const input of oddInputs(tool.input)) {
    if (performance.now() > end) return undefined;
    const found = await within(ms, () => tool.execute(input, context()));
    if (found === 'late') return problemOf(found, input, ms);
  }
  return undefined;
}

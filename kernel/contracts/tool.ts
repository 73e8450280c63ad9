import { slot } from '../plugins/ids.js';

/** JSON Schema of a tool's input; the top level describes an object. */
export type JsonSchema = Record<string, unknown>;

/** What a tool gets besides its input. */
export interface ToolContext {
  conversationId: string;
  turnId: string;
  toolCallId: string;
  /** Absolute path of the turn's working directory, the base of relative paths. */
  cwd: string;
  /** Absolute directories outside `cwd` that reading tools may look into (spilled results). */
  readableRoots: readonly string[];
  /** Aborted when the turn is stopped; a tool answers soon after. */
  signal: AbortSignal;
  /** Shows live output to those who watch. */
  output(data: string, stream: 'stdout' | 'stderr'): void;
}

/** What a tool answers: text for the model, and whether it is a failure. A plain string is a success. */
export type ToolAnswer = string | { content: string; isError: boolean };

/** Something a model may call. */
export interface Tool {
  /** Unique among all tools; letters, digits, `_` and `-`. */
  readonly name: string;
  /** Told to the model. */
  readonly description: string;
  /** The input is checked against this before `execute` sees it. */
  readonly input: JsonSchema;
  /** Whether it may run beside other tools; when absent it runs alone. */
  readonly concurrencySafe?: boolean;
  /** Throwing is answered to the model as an error result. */
  // biome-ignore lint/suspicious/noExplicitAny: a tool names the shape its own schema has checked
  execute(input: any, context: ToolContext): Promise<ToolAnswer> | ToolAnswer;
}
export const Tools = slot<Tool>('dispatch.tool[]');

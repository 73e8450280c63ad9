import type { JsonSchema, Tool } from 'dispatch/kernel';

type Check = (input: unknown) => string | undefined;

/** Checks tool inputs against the tools' JSON Schemas; each schema is compiled once. */
export class ToolInput {
  private readonly checks = new WeakMap<JsonSchema, Check>();

  private constructor(private readonly compile: (schema: JsonSchema) => Check) {}

  /** Loads the validator, which nothing needs before the first turn. */
  static async load(): Promise<ToolInput> {
    const { schemaCheck } = await import('./schema-check.js');
    return new ToolInput(schemaCheck);
  }

  /** What is wrong with this input, naming each field; undefined when nothing is. */
  problem(tool: Tool, input: unknown): string | undefined {
    let check = this.checks.get(tool.input);
    if (!check) {
      check = this.compiled(tool);
      this.checks.set(tool.input, check);
    }
    const problem = check(input);
    return problem && `the input of ${tool.name} is wrong: ${problem}`;
  }

  private compiled(tool: Tool): Check {
    try {
      return this.compile(tool.input);
    } catch (thrown) {
      return () => `the tool's own schema is broken (${(thrown as Error).message})`;
    }
  }
}

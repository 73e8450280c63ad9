import type { JsonSchema, Tool } from 'dispatch/kernel';

type Check = (input: unknown) => string | undefined;

/** Checks tool inputs against the tools' JSON Schemas; each schema is compiled once. */
export class ToolInput {
  private readonly checks = new WeakMap<JsonSchema, Check>();

  private constructor(private readonly compile: (schema: JsonSchema) => Check) {}

  /** Loads the validator, which nothing needs before the first turn. */
  static async load(): Promise<ToolInput> {
    const { Ajv } = await import('ajv');
    const ajv = new Ajv({ allErrors: true, strict: false });
    return new ToolInput((schema) => {
      const validate = ajv.compile(schema);
      return (input) => (validate(input) ? undefined : (validate.errors ?? []).map(sentence).join('; '));
    });
  }

  /** What is wrong with this input, naming each field; undefined when nothing is. */
  problem(tool: Tool, input: unknown): string | undefined {
    const problem = this.checkOf(tool)(input);
    return problem && `the input of ${tool.name} is wrong: ${problem}`;
  }

  private checkOf(tool: Tool): Check {
    let check = this.checks.get(tool.input);
    if (!check) {
      check = this.compiled(tool);
      this.checks.set(tool.input, check);
    }
    return check;
  }

  private compiled(tool: Tool): Check {
    try {
      return this.compile(tool.input);
    } catch (thrown) {
      return () => `the tool's own schema is broken (${(thrown as Error).message})`;
    }
  }
}

function sentence({
  instancePath,
  message = 'is wrong',
  params,
}: {
  instancePath: string;
  message?: string;
  params: Record<string, unknown>;
}): string {
  const extra = typeof params.additionalProperty === 'string' ? ` ("${params.additionalProperty}")` : '';
  return `${instancePath === '' ? 'it' : `"${instancePath.slice(1)}"`} ${message}${extra}`;
}

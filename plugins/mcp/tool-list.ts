import type { JsonSchema } from 'dispatch/kernel';

/** A tool that a server offers. */
export interface ToolInfo {
  /** As the server names it. */
  name: string;
  description: string;
  input: JsonSchema;
  /** The server says that it changes nothing. */
  readOnly: boolean;
  /** The server runs it only as a task that is asked about until it is done. */
  task: boolean;
}

const mostTools = 512;
const longestDescription = 4_000;
const largestSchema = 64 * 1024;

/**
 * What of a server's tools can be offered, by name, and why others cannot: one that is badly spelt costs itself only.
 * Pure.
 */
export function toolsIn(listed: readonly unknown[]): { tools: ToolInfo[]; problems: string[] } {
  const problems: string[] = [];
  const tools = new Map<string, ToolInfo>();
  for (const each of listed) {
    const tool = checked(each);
    if (typeof tool === 'string') problems.push(tool);
    else if (tools.size >= mostTools) {
      problems.push(`it has more than ${mostTools} tools; the others are left out`);
      break;
    } else if (!tools.has(tool.name)) tools.set(tool.name, tool);
  }
  return { tools: [...tools.values()].sort((a, b) => (a.name < b.name ? -1 : 1)), problems };
}

/** What is nested too deep to be looked at is no tool either. */
function checked(value: unknown): ToolInfo | string {
  try {
    return toolOf(value);
  } catch (thrown) {
    return `a tool is left out: ${(thrown as Error).message}`;
  }
}

function toolOf(value: unknown): ToolInfo | string {
  const { name, description, title, inputSchema, annotations, execution } = (value ?? {}) as Record<string, unknown>;
  if (typeof name !== 'string' || name === '' || name.length > 200) return 'a tool without a usable name is left out';
  const input = schemaOf(inputSchema);
  if (typeof input === 'string') return `the tool ${JSON.stringify(name)} is left out: ${input}`;
  const words = [description, title].find((text) => typeof text === 'string' && text !== '') as string | undefined;
  const readOnly = (annotations as { readOnlyHint?: unknown } | undefined)?.readOnlyHint === true;
  const task = (execution as { taskSupport?: unknown } | undefined)?.taskSupport === 'required';
  return { name, description: (words ?? name).slice(0, longestDescription), input, readOnly, task };
}

/** The schema as it came, but for what names the dialect: providers and validators take it for more than it is. */
function schemaOf(value: unknown): JsonSchema | string {
  if (value === undefined) return { type: 'object', properties: {} };
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return 'its input schema is no object';
  const { $schema: _dialect, $id: _id, ...schema } = value as JsonSchema;
  if (schema.type !== 'object' && schema.type !== undefined) return 'its input is no object';
  if (JSON.stringify(schema).length > largestSchema) return `its input schema is larger than ${largestSchema / 1024} KiB`;
  return { ...schema, type: 'object' };
}

import type { StepRequest } from 'dispatch/kernel';

type OfferedTool = StepRequest['tools'][number];
interface Made extends OfferedTool {
  json: string;
}

const made = new WeakMap<OfferedTool, Made>();

/**
 * A tool as OpenAI's JSON. Made once for each tool, and again only if what it says of itself has changed, so that equal
 * tools give equal bytes (and the provider's prompt cache holds).
 */
export function toolJson(tool: OfferedTool): string {
  const { name, description, input } = tool;
  const known = made.get(tool);
  if (known && known.name === name && known.description === description && known.input === input) return known.json;
  const json = JSON.stringify({ type: 'function', function: { name, description, parameters: input } });
  made.set(tool, { name, description, input, json });
  return json;
}

import { realpathSync } from 'node:fs';
import { type Filter, MessageFilters, type PluginDefinition, PromptFilters, ToolFilters, type TurnContext } from 'dispatch/kernel';
import { isWithin } from '../../../plugins/project-plugins/contract.js';
import { standInFor } from './faults/stand-in.js';

const filters: readonly (string | undefined)[] = [ToolFilters, PromptFilters, MessageFilters].map((id) => Symbol.keyFor(id));

/** A plugin whose filters leave alone what is not of its project. */
export function inProject(definition: PluginDefinition, directory: string): PluginDefinition {
  if (!definition.provides.some((id) => filters.includes(id))) return definition;
  return {
    ...definition,
    build: async (...needs) => {
      const its = await definition.build(...needs);
      if (typeof (its as Partial<Filter<unknown>> | undefined)?.filter !== 'function') return its;
      const original = its as Filter<unknown>;
      const filter = (value: unknown, context: TurnContext) =>
        isWithin(directory, realpath(context.cwd)) ? original.filter(value, context) : value;
      return standInFor(original, { filter });
    },
  };
}

function realpath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

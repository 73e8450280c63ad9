import type { Message } from '../contracts/provider.js';
import type { Tool } from '../contracts/tool.js';
import { slot } from '../plugins/ids.js';

/** What a filter knows of the turn it is asked for. */
export interface TurnContext {
  conversationId: string;
  workspaceId: string;
  /** Absolute path. */
  cwd: string;
  /** `<credential>/<model>` */
  model: string;
}

/** One link of a chain: takes the value so far, gives the next. Lower `order` runs first; 0 when absent. */
export interface Filter<T> {
  readonly order?: number;
  /** Whether a turn is refused, rather than this filter skipped, when it fails. */
  readonly critical?: boolean;
  filter(value: T, context: TurnContext): T | Promise<T>;
}

/** Chooses the tools a turn offers. */
export const ToolFilters = slot<Filter<readonly Tool[]>>('dispatch.tool-filter[]');
/** Builds the system prompt; the chain starts with an empty text. */
export const PromptFilters = slot<Filter<string>>('dispatch.prompt-filter[]');
/** Changes the messages a provider is shown; never what is stored. */
export const MessageFilters = slot<Filter<readonly Message[]>>('dispatch.message-filter[]');

/** Runs a chain in order. A filter that throws is reported and skipped: the value before it goes on; a critical one ends it. */
export async function runFilters<T>(
  filters: readonly Filter<T>[],
  value: T,
  context: TurnContext,
  report: (thrown: unknown, filter: Filter<T>) => void,
): Promise<T> {
  let current = value;
  for (const each of [...filters].sort((a, b) => (a.order ?? 0) - (b.order ?? 0))) {
    try {
      current = await each.filter(current, context);
    } catch (thrown) {
      if (each.critical === true) throw thrown;
      report(thrown, each);
    }
  }
  return current;
}

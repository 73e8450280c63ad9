import {
  type Filter,
  inject,
  Logger,
  type Message,
  MessageFilters,
  messageOf,
  PromptFilters,
  plugin,
  runFilters,
  type Tool,
  ToolFilters,
  Tools,
  type TurnContext,
} from 'dispatch/kernel';
import { type Shape, TurnShapes } from './turn-shapes.js';

@plugin({ id: 'session-orchestrator-shape', version: '0.1.0', provides: TurnShapes })
export class FilteredShapes implements TurnShapes {
  constructor(
    @inject(Tools) private readonly tools: readonly Tool[],
    @inject(ToolFilters) private readonly toolFilters: readonly Filter<readonly Tool[]>[],
    @inject(PromptFilters) private readonly promptFilters: readonly Filter<string>[],
    @inject(MessageFilters) private readonly messageFilters: readonly Filter<readonly Message[]>[],
    @inject(Logger) private readonly logger: Logger,
  ) {}

  async of(context: TurnContext): Promise<Shape> {
    const tools = await runFilters(this.toolFilters, this.offered(), context, this.report);
    const prompt = await runFilters(this.promptFilters, '', context, this.report);
    return { tools, system: prompt === '' ? [] : [{ role: 'system', chunks: [{ type: 'system', text: prompt }] }] };
  }

  messages(history: readonly Message[], context: TurnContext): Promise<readonly Message[]> {
    return runFilters(this.messageFilters, history, context, this.report);
  }

  /** In an order of their own, so that the request's prefix stays the same bytes; of two equal names the first counts. */
  private offered(): Tool[] {
    const byName = new Map<string, Tool>();
    for (const tool of this.tools) if (!byName.has(tool.name)) byName.set(tool.name, tool);
    return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  private readonly report = (thrown: unknown) => this.logger.error(`a filter failed and was skipped: ${messageOf(thrown)}`);
}

import { type Filter, inject, plugin, type Tool, ToolFilters, type TurnContext } from 'dispatch/kernel';
import { Turns } from '../session-orchestrator/contract.js';
import { WorkInProgress } from './contract.js';

/** How long one question to the turns may wait for its answer; then it is asked anew. */
const askMs = 60_000;

/**
 * Knows which turns may hold tools of the plugins of just now. A turn is asked for its tools in the very moment it gets
 * them, so none is missed.
 */
@plugin({ id: 'plugin-manager-turns', version: '0.1.0', provides: [WorkInProgress, ToolFilters] })
export class TurnsInProgress implements WorkInProgress, Filter<readonly Tool[]> {
  /** Before all others, none of which may wait in between. */
  readonly order = Number.MIN_SAFE_INTEGER;
  /** Conversations that have had a turn since they were last found at rest. */
  private readonly begun = new Set<string>();

  constructor(@inject(Turns) private readonly turns: Turns) {}

  filter(tools: readonly Tool[], { conversationId }: TurnContext): readonly Tool[] {
    this.begun.add(conversationId);
    if (this.begun.size > 1_000) this.forget();
    return tools;
  }

  async over(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.begun].map((id) => this.overIn(id, this.turns.running(id), signal)));
  }

  private async overIn(conversationId: string, turnId: string | undefined, signal: AbortSignal): Promise<void> {
    const aborted = new Promise<boolean>((resolve) => {
      if (signal.aborted) resolve(true);
      signal.addEventListener('abort', () => resolve(true), { once: true });
    });
    while (turnId !== undefined && this.turns.running(conversationId) === turnId && !signal.aborted) {
      await Promise.race([this.turns.settled(conversationId, askMs), aborted]);
    }
    if (this.turns.running(conversationId) === undefined) this.begun.delete(conversationId);
  }

  private forget(): void {
    for (const id of this.begun) if (this.turns.running(id) === undefined) this.begun.delete(id);
  }
}

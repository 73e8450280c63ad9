import { resolve } from 'node:path';
import { Config, inject, type Message, plugin, service, type Tool } from 'dispatch/kernel';
import type { ReasoningEffort, WarmRequest } from 'dispatch/wire';
import { Conversations } from '../conversation-store/contract.js';
import { type BoundModel, Models } from '../credential-store/contract.js';
import { TurnShapes } from '../session-orchestrator/contract.js';

/** Everything that a conversation's next turn is going to show the model before its prompt. */
export interface NextTurn {
  model: BoundModel;
  effort: ReasoningEffort;
  messages: readonly Message[];
  tools: readonly Tool[];
}

/** Foresees turns. */
export interface NextTurns {
  /** Undefined where nothing was said yet. Throws `UnknownModel`. */
  of(request: WarmRequest): Promise<NextTurn | undefined>;
}
export const NextTurns = service<NextTurns>('dispatch.next-turns');

/** Decides as a real turn does, and asks the same services, so that what comes out is the same bytes. */
@plugin({ id: 'cache-warming-next-turn', version: '0.1.0', provides: NextTurns })
export class ForeseenTurns implements NextTurns {
  constructor(
    @inject(Conversations) private readonly conversations: Conversations,
    @inject(Models) private readonly models: Models,
    @inject(TurnShapes) private readonly shapes: TurnShapes,
    @inject(Config) private readonly config: Config,
  ) {}

  async of({ conversationId, ...asked }: WarmRequest): Promise<NextTurn | undefined> {
    const state = await this.conversations.state(conversationId);
    const history = state.known ? await this.conversations.messages(conversationId) : [];
    if (history.length === 0) return undefined;
    const model = await this.models.resolve(asked.model ?? state.model);
    const cwd = resolve(state.workspaceCwd ?? this.config.text('cwd'), asked.cwd ?? state.cwd ?? '.');
    const context = { conversationId, workspaceId: state.workspaceId, cwd, model: model.name };
    const { tools, system } = await this.shapes.of(context);
    const messages = [...system, ...(await this.shapes.messages(history, context))];
    return { model, effort: state.reasoningEffort ?? 'high', messages, tools };
  }
}

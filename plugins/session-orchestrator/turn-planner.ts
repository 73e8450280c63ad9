import { resolve } from 'node:path';
import { Config, inject, plugin, service, type TurnContext } from 'dispatch/kernel';
import type { ChatImage, ChatRequest, ReasoningEffort } from 'dispatch/wire';
import { Conversations, type TurnOpening } from '../conversation-store/contract.js';
import { type BoundModel, Models } from '../credential-store/contract.js';
import { type ImageKeeper, ImageKeepers } from './contract.js';

/** What was decided about a turn before it began. */
export interface TurnPlan {
  opening: Pick<TurnOpening, 'text' | 'images' | 'workspaceId' | 'model' | 'cwd'>;
  context: TurnContext;
  effort: ReasoningEffort;
  /** The model, or why there is none. */
  model: BoundModel | Error;
}

/** Decides about turns: directory, effort, model. */
export interface TurnPlanner {
  /** Throws `TurnRefused` for pictures that cannot be taken; nothing is kept then. */
  plan(conversationId: string, request: ChatRequest): Promise<TurnPlan>;
}
export const TurnPlanners = service<TurnPlanner>('dispatch.turn-planner');

@plugin({ id: 'session-orchestrator-planner', version: '0.1.0', provides: TurnPlanners })
export class RequestPlanner implements TurnPlanner {
  constructor(
    @inject(Models) private readonly models: Models,
    @inject(Conversations) private readonly conversations: Conversations,
    @inject(Config) private readonly config: Config,
    @inject(ImageKeepers) private readonly keepers: readonly ImageKeeper[],
  ) {}

  async plan(conversationId: string, request: ChatRequest): Promise<TurnPlan> {
    const images = request.images?.length ? await this.kept(request.images) : undefined;
    const state = await this.conversations.state(conversationId, request.workspaceId);
    const base = state.workspaceCwd ?? this.config.text('cwd');
    const cwd = resolve(base, request.cwd ?? state.cwd ?? '.');
    const model = await this.models.resolve(request.model ?? state.model).catch((thrown: Error) => thrown);
    const found = model instanceof Error ? undefined : model.name;
    const context = { conversationId, workspaceId: state.workspaceId, cwd, model: found ?? '' };
    return {
      opening: {
        text: request.message,
        images,
        workspaceId: request.workspaceId,
        model: request.model === undefined ? undefined : found,
        cwd: request.cwd === undefined ? undefined : cwd,
      },
      context,
      effort: request.reasoningEffort ?? state.reasoningEffort ?? 'high',
      model,
    };
  }

  private async kept(images: readonly ChatImage[]): Promise<readonly ChatImage[]> {
    let kept = images;
    for (const keeper of this.keepers) kept = await keeper.keep(kept);
    return kept;
  }
}

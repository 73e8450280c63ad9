import { Clock, Config, inject, type Message, messageOf, plugin, runTurn, service, type TurnInput } from 'dispatch/kernel';
import type { WarmAnswer, WarmRequest } from 'dispatch/wire';
import { Conversations } from '../conversation-store/contract.js';
import { UnknownModel } from '../credential-store/contract.js';
import { hiddenStep, Turns } from '../session-orchestrator/contract.js';
import { type NextTurn, NextTurns } from './next-turn.js';
import { warmFigures } from './warm-figures.js';

/** Nothing was warmed. `busy`: a turn runs; `empty`: nothing was said yet; `model`: no such model; `provider`: it failed. */
export class WarmRefused extends Error {
  constructor(
    readonly reason: 'busy' | 'empty' | 'model' | 'provider',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'WarmRefused';
  }
}

/** Keeps a provider's cache of a conversation alive by asking for one token. */
export interface Warmups {
  /** Stores nothing. Throws a `WarmRefused`. */
  warm(request: WarmRequest, signal: AbortSignal): Promise<WarmAnswer>;
}
export const Warmups = service<Warmups>('dispatch.cache-warm-ups');

const probe: Message = { role: 'user', chunks: [{ type: 'text', text: '.' }] };

@plugin({ id: 'cache-warming-probe', version: '0.1.0', provides: Warmups })
export class WarmUp implements Warmups {
  constructor(
    @inject(NextTurns) private readonly nextTurns: NextTurns,
    @inject(Turns) private readonly turns: Turns,
    @inject(Conversations) private readonly conversations: Conversations,
    @inject(Config) private readonly config: Config,
    @inject(Clock) private readonly clock: Clock,
  ) {}

  async warm(request: WarmRequest, signal: AbortSignal): Promise<WarmAnswer> {
    const { conversationId } = request;
    this.refuseWhileGenerating(conversationId);
    const turn = await this.nextTurns.of(request).catch((thrown: unknown) => {
      if (thrown instanceof UnknownModel) throw new WarmRefused('model', thrown.message, { cause: thrown });
      throw thrown;
    });
    if (!turn) throw new WarmRefused('empty', `nothing was said in "${conversationId}" yet, so there is no cache to keep warm`);
    this.refuseWhileGenerating(conversationId);
    const { steps, error } = await runTurn(this.input(conversationId, turn, signal));
    const usage = steps[0]?.usage;
    if (error) throw new WarmRefused('provider', `${turn.model.name} could not be asked: ${messageOf(error)}`, { cause: error });
    if (!usage) throw new WarmRefused('provider', 'the server is stopping; the cache stays as it is');
    return warmFigures(usage, (await this.conversations.metrics(conversationId)).at(-1));
  }

  private refuseWhileGenerating(conversationId: string): void {
    if (this.turns.running(conversationId) !== undefined)
      throw new WarmRefused('busy', `a turn is running in ${conversationId}, which warms the cache by itself; wait for turn-sealed`);
  }

  /** One step of a turn that nobody sees; whatever the model says to it is let go. */
  private input(conversationId: string, { model, effort, messages, tools }: NextTurn, signal: AbortSignal): TurnInput {
    return {
      ...hiddenStep(this.config, this.clock, conversationId, 'warm-up'),
      messages: [...messages, probe],
      signal,
      stream: (shown, _, stopped) =>
        model.provider.stream(model.credential, {
          ...{ model: model.model, messages: shown, tools, effort },
          ...{ maxOutputTokens: 1, conversationId, signal: stopped },
        }),
    };
  }
}

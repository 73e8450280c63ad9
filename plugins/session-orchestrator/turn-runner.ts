import { statSync } from 'node:fs';
import { Clock, Config, inject, messageOf, ProviderError, plugin, runTurn, type StepPart, service, type TurnInput } from 'dispatch/kernel';
import type { ChatRequest } from 'dispatch/wire';
import { Conversations } from '../conversation-store/contract.js';
import { FilteredCalls } from './filtered-calls.js';
import type { LiveTurn } from './live-turn.js';
import { ModelSteps } from './model-steps.js';
import { Spill } from './spill.js';
import { ToolInput } from './tool-input.js';
import { type TurnPlan, type TurnPlanner, TurnPlanners } from './turn-planner.js';
import { TurnRelief } from './turn-relief.js';
import { TurnShapes } from './turn-shapes.js';

/** Decides about a turn and runs it. */
export interface TurnRunners {
  /** Throws `TurnRefused`. */
  plan(conversationId: string, request: ChatRequest): Promise<TurnPlan>;
  /** Runs it to its `done`; never rejects. */
  run(turn: LiveTurn, plan: TurnPlan): Promise<void>;
}
export const TurnRunners = service<TurnRunners>('dispatch.turn-runners');

@plugin({ id: 'session-orchestrator-runner', version: '0.1.0', provides: TurnRunners })
export class TurnRunner implements TurnRunners {
  private readonly spill: Spill;
  private readonly settings: Pick<TurnInput, 'maxSteps' | 'retry' | 'watchdog' | 'policy'>;
  private toolInput: Promise<ToolInput> | undefined;

  constructor(
    @inject(TurnPlanners) private readonly planner: TurnPlanner,
    @inject(TurnShapes) private readonly shapes: TurnShapes,
    @inject(FilteredCalls) private readonly calls: FilteredCalls,
    @inject(ModelSteps) private readonly steps: ModelSteps,
    @inject(TurnRelief) private readonly relief: TurnRelief,
    @inject(Conversations) private readonly conversations: Conversations,
    @inject(Config) config: Config,
    @inject(Clock) private readonly clock: Clock,
  ) {
    this.spill = new Spill(config.text('dataDir'), config.number('turn.resultLimit'));
    this.settings = settingsFrom(config);
  }

  plan(conversationId: string, request: ChatRequest): Promise<TurnPlan> {
    return this.planner.plan(conversationId, request);
  }

  async run(turn: LiveTurn, plan: TurnPlan): Promise<void> {
    const { conversationId, turnId } = turn;
    try {
      const inp = await this.input(turn, plan);
      await runTurn(inp);
    } catch (thrown) {
      turn.emit({ type: 'error', conversationId, turnId, message: messageOf(thrown), code: 'internal' });
    }
  }

  private async input(turn: LiveTurn, plan: TurnPlan): Promise<TurnInput> {
    const { conversationId, turnId } = turn;
    const { context, model } = plan;
    const { spill } = this;
    this.toolInput ??= ToolInput.load();
    const [{ tools, system }, history, toolInput] = await Promise.all([
      this.shapes.of(context),
      this.conversations.messages(conversationId),
      this.toolInput,
    ]);
    const messages = [...system, ...(await this.shapes.messages(history, context))];
    const check: TurnInput['check'] = (tool, input) => toolInput.problem(tool, input);
    const mayBeSent = turn.prompted;
    const refused = folderProblem(context.cwd) ?? (model instanceof Error ? refusal(model) : undefined);
    return {
      ...this.settings,
      conversationId,
      turnId,
      messages,
      tools: this.calls.of(tools, check),
      signal: turn.signal,
      clock: this.clock,
      random: Math.random,
      emit: (event) => turn.emit(event),
      steering: () => turn.steer(),
      relieve: async () => {
        const shorter = await this.relief.relieve(conversationId, history, turn.signal);
        return shorter && [...system, ...(await this.shapes.messages(shorter, context))];
      },
      stream: (shown, offered, signal) => {
        if (refused || model instanceof Error) return refuse(refused);
        const step = { model: model.model, messages: shown, tools: offered, effort: plan.effort, conversationId, signal, mayBeSent };
        return this.steps.ask(model, step, context.workspaceId);
      },
      context: {
        conversationId,
        turnId,
        cwd: context.cwd,
        get readableRoots() {
          return [spill.folder(conversationId)];
        },
      },
      check,
      shorten: (content, toolCallId) => this.spill.shorten(conversationId, turnId, toolCallId, content),
    };
  }
}

function settingsFrom(config: Config): Pick<TurnInput, 'maxSteps' | 'retry' | 'watchdog' | 'policy'> {
  const number = (key: string) => config.number(key);
  return {
    maxSteps: number('turn.maxSteps'),
    policy: { maxConcurrent: number('turn.maxConcurrentTools'), eager: config.flag('turn.eagerTools') },
    watchdog: { firstByteMs: number('watchdog.firstByteMs'), silenceMs: number('watchdog.silenceMs') },
    retry: {
      tries: number('retry.tries'),
      baseMs: number('retry.baseMs'),
      maxMs: number('retry.maxMs'),
      restarts: number('retry.restarts'),
      afterMaxMs: number('retry.afterMaxMs'),
    },
  };
}

const refusal = (error: Error): ProviderError =>
  new ProviderError(error.message, { code: (error as { code?: string }).code ?? 'unknown-model', retryable: false, cause: error });

/** A stream that only says why there is none. */
// biome-ignore lint/correctness/useYield: it ends before it begins
async function* refuse(why: ProviderError | undefined): AsyncGenerator<StepPart> {
  throw why;
}

/** Looked at synchronously: a few microseconds, where a trip to another thread takes a hundred. */
function folderProblem(cwd: string): ProviderError | undefined {
  const found = statSync(cwd, { throwIfNoEntry: false });
  if (found?.isDirectory()) return undefined;
  const what = found ? 'is not a directory' : 'does not exist';
  return new ProviderError(`the working directory ${cwd} ${what}; give another with "cwd"`, { code: 'bad-cwd', retryable: false });
}

import { Clock, Config, inject, type Message, messageOf, plugin, runTurn, service } from 'dispatch/kernel';
import { type BoundModel, Models } from '../credential-store/contract.js';
import { hiddenStep } from '../session-orchestrator/contract.js';
import { CompactionRefused } from './contract.js';
import { summaryRequest } from './summary-words.js';
import { transcript } from './transcript.js';

/** Has a model summarise messages. */
export interface Summarizers {
  /** Never empty. Throws a `CompactionRefused`. */
  summary(messages: readonly Message[], modelName: string | null | undefined, signal: AbortSignal): Promise<string>;
}
export const Summarizers = service<Summarizers>('dispatch.compaction-summarizers');

/** Characters of a transcript when nobody says how much the model can take in. */
const usualBudget = 400_000;
/** Characters that surely fit into a token's place, and the part of the window that the transcript may fill. */
const charactersPerToken = 3;
const share = 0.75;
/** How often a transcript is made shorter for a model that finds it too long. */
const cuts = 3;

@plugin({ id: 'compaction-summarizer', version: '0.1.0', provides: Summarizers })
export class Summarizer implements Summarizers {
  constructor(
    @inject(Models) private readonly models: Models,
    @inject(Config) private readonly config: Config,
    @inject(Clock) private readonly clock: Clock,
  ) {}

  async summary(messages: readonly Message[], modelName: string | null | undefined, signal: AbortSignal): Promise<string> {
    const model = await this.models.resolve(modelName).catch((thrown: unknown) => {
      throw new CompactionRefused('model', messageOf(thrown), { cause: thrown });
    });
    const { contextWindow } = model;
    let budget = contextWindow === undefined ? usualBudget : Math.max(2_000, Math.floor(contextWindow * charactersPerToken * share));
    for (let left = cuts; ; left--) {
      const told = transcript(messages, budget);
      const { text, reason, error } = await this.ask(model, summaryRequest(told), signal);
      if (error?.code === 'overflow' && left > 0 && !signal.aborted) {
        budget = Math.floor(told.length / 2);
        continue;
      }
      if (signal.aborted) throw new CompactionRefused('provider', 'the server is stopping; compact again after its restart');
      if (error) throw new CompactionRefused('provider', `${model.name} could not summarise: ${error.message}`, { cause: error });
      if (reason === 'length')
        throw new CompactionRefused('provider', `the summary by ${model.name} was cut off; name another model with "modelName"`);
      if (text === '')
        throw new CompactionRefused('provider', `the summary by ${model.name} is empty; name another model with "modelName"`);
      return text;
    }
  }

  /** One step of a turn that nobody sees, without tools; it is not tried again. */
  private async ask(model: BoundModel, messages: readonly Message[], signal: AbortSignal) {
    const outcome = await runTurn({
      ...hiddenStep(this.config, this.clock, 'compaction', 'compaction'),
      messages,
      signal,
      stream: (shown, tools, stopped) =>
        model.provider.stream(model.credential, { model: model.model, messages: shown, tools, signal: stopped }),
    });
    return { reason: outcome.reason, error: outcome.error, text: textOf(outcome.messages) };
  }
}

const textOf = (messages: readonly Message[]): string =>
  messages
    .flatMap(({ role, chunks }) => (role === 'assistant' ? chunks.map((chunk) => (chunk.type === 'text' ? chunk.text : '')) : []))
    .join('')
    .trim();

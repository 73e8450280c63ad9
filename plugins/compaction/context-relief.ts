import { inject, Logger, type Message, messageOf, plugin, service } from 'dispatch/kernel';
import { Conversations } from '../conversation-store/contract.js';
import { type OverflowRelief, OverflowReliefs } from '../session-orchestrator/contract.js';
import { CompactionRefused } from './contract.js';
import { firstKept, usuallyKept } from './first-kept.js';
import { Summarizers } from './summarizer.js';
import { summaryText } from './summary-words.js';
import { shownSize, transcript } from './transcript.js';

/** Summaries that were made in the middle of a turn, for the compaction that follows it. */
export interface Reliefs {
  /** One that stands for the first `count` of these messages, as they were said. It is handed out once. */
  take(conversationId: string, messages: readonly Message[]): { count: number; summary: string } | undefined;
}
export const Reliefs = service<Reliefs>('dispatch.compaction-reliefs');

interface Made {
  count: number;
  /** What it stands for. */
  told: string;
  summary: string;
}

/** Lets a turn go on whose history is too long for the model: it is shown a summary and the newest messages. */
@plugin({ id: 'compaction-relief', version: '0.1.0', provides: [OverflowReliefs, Reliefs] })
export class ContextRelief implements OverflowRelief, Reliefs {
  readonly #made = new Map<string, Made>();

  constructor(
    @inject(Conversations) private readonly conversations: Conversations,
    @inject(Summarizers) private readonly summarizer: Summarizers,
    @inject(Logger) private readonly logger: Logger,
  ) {}

  async relieve(conversationId: string, history: readonly Message[], signal: AbortSignal): Promise<readonly Message[] | undefined> {
    const { compactPercent, model } = await this.conversations.state(conversationId);
    const count = firstKept(
      history.map(({ role }) => role),
      usuallyKept,
    );
    const old = history.slice(0, count);
    if (compactPercent === 0 || shownSize(old) === 0) return undefined;
    try {
      const summary = summaryText(await this.summarizer.summary(old, model, signal));
      if (summary.length >= shownSize(old)) return undefined;
      this.#made.set(conversationId, { count, told: wholeOf(old), summary });
      return [{ role: 'user', chunks: [{ type: 'text', text: summary }] }, ...history.slice(count)];
    } catch (thrown) {
      if (!(thrown instanceof CompactionRefused)) throw thrown;
      this.logger.warn(`a history that is too long for its model was not summarised: ${messageOf(thrown)}`, { conversationId });
      return undefined;
    }
  }

  take(conversationId: string, messages: readonly Message[]): { count: number; summary: string } | undefined {
    const made = this.#made.get(conversationId);
    this.#made.delete(conversationId);
    return made && wholeOf(messages.slice(0, made.count)) === made.told ? made : undefined;
  }
}

const wholeOf = (messages: readonly Message[]): string => transcript(messages, Number.POSITIVE_INFINITY);

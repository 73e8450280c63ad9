import { randomUUID } from 'node:crypto';
import { type EventListener, EventListeners, inject, Logger, type Message, messageOf, plugin, tell } from 'dispatch/kernel';
import type { CompactAnswer } from 'dispatch/wire';
import { Conversations } from '../conversation-store/contract.js';
import { Turns } from '../session-orchestrator/contract.js';
import { Reliefs } from './context-relief.js';
import { CompactionRefused, Compactions, type CompactionWishes } from './contract.js';
import { firstKept, usuallyKept } from './first-kept.js';
import { Summarizers } from './summarizer.js';
import { summaryText } from './summary-words.js';
import { shownSize } from './transcript.js';

/** Summarises without holding anything up; the store then takes the result only if the history is still the same. */
@plugin({ id: 'compaction', version: '0.1.0', provides: Compactions })
export class Compaction implements Compactions {
  readonly #running = new Map<string, Promise<unknown>>();
  readonly #stopped = new AbortController();

  constructor(
    @inject(Conversations) private readonly conversations: Conversations,
    @inject(Turns) private readonly turns: Turns,
    @inject(Summarizers) private readonly summarizer: Summarizers,
    @inject(Reliefs) private readonly reliefs: Reliefs,
    @inject(EventListeners) private readonly listeners: readonly EventListener[],
    @inject(Logger) private readonly logger: Logger,
  ) {}

  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.allSettled(this.#running.values());
  }

  compact(conversationId: string, wishes: CompactionWishes = {}): Promise<CompactAnswer> {
    if (this.#running.has(conversationId))
      return Promise.reject(new CompactionRefused('busy', `${conversationId} is being compacted already; wait for that to end`));
    const running = this.#compact(conversationId, wishes).finally(() => this.#running.delete(conversationId));
    this.#running.set(conversationId, running);
    return running;
  }

  async #compact(conversationId: string, { keepLastN, modelName }: CompactionWishes): Promise<CompactAnswer> {
    this.#refuseWhileGenerating(conversationId);
    const log = await this.conversations.log(conversationId);
    if (!log) throw new CompactionRefused('unknown', `there is no conversation "${conversationId}": it exists from its first message on`);
    const { messages } = log;
    const relief = this.reliefs.take(conversationId, messages);
    const made = keepLastN === undefined && modelName === undefined ? relief : undefined;
    const roles = messages.map(({ role }) => role);
    const first = made?.count ?? firstKept(roles, keepLastN ?? usuallyKept);
    const kept = messages[first];
    const old = messages.slice(0, first);
    if (!kept || shownSize(old) === 0)
      throw new CompactionRefused(
        'short',
        `the conversation is too short to be compacted: it has ${messages.length} messages, and the newest ${messages.length - first} are kept`,
      );
    const summary = made?.summary ?? (await this.#summary(conversationId, old, modelName));
    if (summary.length >= shownSize(old))
      throw new CompactionRefused(
        'larger',
        `the summary (${summary.length} characters) is not smaller than the ${old.length} messages it stands for (${shownSize(old)}): nothing was changed`,
      );
    this.#refuseWhileGenerating(conversationId);
    const newConversationId = randomUUID();
    const compaction = { conversationId, archiveId: newConversationId, of: log, keepFrom: kept.seq, summary };
    if (!(await this.conversations.compact(compaction)))
      throw new CompactionRefused('changed', `somebody spoke in ${conversationId} while it was summarised: nothing was changed; try again`);
    const answer = { conversationId, newConversationId, messagesSummarized: old.length, messagesKept: messages.length - first };
    this.#announce(answer);
    return answer;
  }

  async #summary(conversationId: string, old: readonly Message[], modelName: string | undefined): Promise<string> {
    const model = modelName ?? (await this.conversations.state(conversationId)).model;
    return summaryText(await this.summarizer.summary(old, model, this.#stopped.signal));
  }

  #refuseWhileGenerating(conversationId: string): void {
    if (this.turns.running(conversationId) !== undefined)
      throw new CompactionRefused('busy', `a turn is running in ${conversationId}; stop it or wait for turn-sealed`);
  }

  #announce(answer: CompactAnswer): void {
    tell(this.listeners, { type: 'conversation.compacted', ...answer }, (thrown) =>
      this.logger.error(`an event listener failed: ${messageOf(thrown)}`),
    );
  }
}

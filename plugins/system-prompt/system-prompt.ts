import { type Filter, inject, Logger, messageOf, PromptFilters, plugin, service, type TurnContext } from 'dispatch/kernel';
import { Conversations } from '../conversation-store/contract.js';
import { Database } from '../storage-sqlite/contract.js';
import { defaultTemplate } from './default-template.js';
import { RecentTexts } from './recent-texts.js';
import { Variables } from './variables.js';

/** The server's template. */
export interface Templates {
  template(): Promise<string>;
  /** Counts for prompts that are filled in from now on. */
  setTemplate(template: string): Promise<void>;
}
export const Templates = service<Templates>('dispatch.system-prompt-templates');

/** A filled-in prompt and what it counts for. */
interface Filled {
  readonly epoch: number;
  readonly cwd: string;
  readonly text: string;
}

/**
 * Puts the system prompt before a turn. It is filled in once per conversation and kept, so that what a provider is sent
 * begins with the same bytes each time, until the working directory changes or the history is compacted.
 */
@plugin({ id: 'system-prompt', version: '0.1.0', provides: [PromptFilters, Templates] })
export class SystemPrompt implements Filter<string>, Templates {
  /** What other plugins add stands behind it. */
  readonly order = -100;
  readonly #recent = new RecentTexts<Filled>();
  /** Fillings under way, so that a turn and a warm-up at the same time get the same text. */
  readonly #filling = new Map<string, Promise<string>>();
  #template: string | undefined;

  constructor(
    @inject(Database) private readonly database: Database,
    @inject(Conversations) private readonly conversations: Conversations,
    @inject(Variables) private readonly variables: Variables,
    @inject(Logger) private readonly logger: Logger,
  ) {}

  async filter(before: string, context: TurnContext): Promise<string> {
    const epoch = (await this.conversations.find(context.conversationId))?.epoch ?? 0;
    const text = await this.text(context, epoch);
    return before === '' || text === '' ? before + text : `${text}\n\n${before}`;
  }

  async template(): Promise<string> {
    if (this.#template === undefined) {
      const [row] = await this.database.read((manager) => manager.query('SELECT template FROM system_prompt_template'));
      this.#template ??= (row?.template as string | undefined) ?? defaultTemplate;
    }
    return this.#template;
  }

  async setTemplate(template: string): Promise<void> {
    await this.database.statement('INSERT OR REPLACE INTO system_prompt_template (id, template) VALUES (1, ?)', () => [template]);
    this.#template = template;
  }

  private text(context: TurnContext, epoch: number): Promise<string> | string {
    const { conversationId, cwd } = context;
    const known = this.#recent.get(conversationId);
    if (known && counts(known, epoch, cwd)) return known.text;
    const key = JSON.stringify([conversationId, epoch, cwd]);
    const under = this.#filling.get(key);
    if (under) return under;
    const filling = this.stored(context, epoch).finally(() => this.#filling.delete(key));
    this.#filling.set(key, filling);
    return filling;
  }

  private async stored(context: TurnContext, epoch: number): Promise<string> {
    const { conversationId, cwd } = context;
    const [row] = (await this.database.read((manager) =>
      manager.query('SELECT epoch, cwd, text FROM system_prompt WHERE conversation = ?', [conversationId]),
    )) as Filled[];
    const found = row && counts(row, epoch, cwd) ? row : { epoch, cwd, text: await this.variables.fill(await this.template(), context) };
    this.#recent.set(conversationId, found);
    if (found !== row) this.keep(conversationId, found);
    return found.text;
  }

  /** A turn does not wait for this: were it lost, the next turn would only fill the prompt in anew. */
  private keep(conversationId: string, { epoch, cwd, text }: Filled): void {
    this.database
      .statement('INSERT OR REPLACE INTO system_prompt (conversation, epoch, cwd, text) VALUES (?, ?, ?, ?)', () => [
        conversationId,
        epoch,
        cwd,
        text,
      ])
      .catch((thrown: unknown) => this.logger.warn(`the system prompt could not be kept: ${messageOf(thrown)}`, { conversationId }));
  }
}

const counts = (filled: Filled, epoch: number, cwd: string): boolean => filled.epoch === epoch && filled.cwd === cwd;

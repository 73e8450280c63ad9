import { hostname, release, type } from 'node:os';
import { Clock, Config, inject, Logger, messageOf, plugin, Secrets, service, type TurnContext } from 'dispatch/kernel';
import type { SystemPromptVariables } from 'dispatch/wire';
import { fileText } from './file-text.js';
import { gitBranch, gitStatus } from './git-facts.js';
import { keyOf, parseTemplate, type Reference, referencesIn, render } from './template.js';

/** Fills templates in with what is so just now. */
export interface Variables {
  /** Never rejects: what cannot be told is not there. */
  fill(template: string, context: TurnContext): Promise<string>;
}
export const Variables = service<Variables>('dispatch.system-prompt-variables');

type Told = string | undefined | Promise<string | undefined>;
interface Variable {
  readonly description: string;
  tell(context: TurnContext): Told;
}

/** What templates may ask for, as `GET /system-prompt/variables` shows it. */
export const variableList: SystemPromptVariables['variables'] = [
  { type: 'system', name: 'time', description: 'Time of day, with the offset of the server’s time zone' },
  { type: 'system', name: 'date', description: 'Date, YYYY-MM-DD' },
  { type: 'system', name: 'os', description: 'Operating system, its release and the processor' },
  { type: 'system', name: 'hostname', description: 'Name of the machine' },
  { type: 'prompt', name: 'cwd', description: 'Working directory' },
  { type: 'prompt', name: 'model', description: 'Model, as <credential>/<model>' },
  { type: 'prompt', name: 'conversation_id', description: 'Id of the conversation' },
  { type: 'prompt', name: 'workspace_id', description: 'Id of its workspace' },
  { type: 'git', name: 'branch', description: 'Branch that is checked out; missing outside of a repository' },
  { type: 'git', name: 'status', description: 'What has changed, as git status --short; empty when nothing has' },
  { type: 'file', name: '<path>', description: 'Text of a file in the working directory, 256 KiB at most', dynamic: true },
];

@plugin({ id: 'system-prompt-variables', version: '0.1.0', provides: Variables, capabilities: ['files', 'processes'] })
export class TurnVariables implements Variables {
  private readonly allow: readonly string[];
  private readonly closed: readonly string[];
  private readonly tellers: Readonly<Record<string, Variable['tell']>>;

  constructor(
    @inject(Clock) clock: Clock,
    @inject(Config) config: Config,
    @inject(Secrets) secrets: Secrets,
    @inject(Logger) private readonly logger: Logger,
  ) {
    this.allow = config.list('tools.allowProtected');
    this.closed = [config.text('dataDir')];
    const environment = () => secrets.withoutSecrets(process.env);
    this.tellers = {
      'system:time': () => timeOf(new Date(clock.now())),
      'system:date': () => dateOf(new Date(clock.now())),
      'system:os': () => `${type()} ${release()} (${process.arch})`,
      'system:hostname': () => hostname(),
      'prompt:cwd': ({ cwd }) => cwd,
      'prompt:model': ({ model }) => model || undefined,
      'prompt:conversation_id': ({ conversationId }) => conversationId || undefined,
      'prompt:workspace_id': ({ workspaceId }) => workspaceId,
      'git:branch': ({ cwd }) => gitBranch(cwd, environment()),
      'git:status': ({ cwd }) => gitStatus(cwd, environment()),
    };
  }

  async fill(text: string, context: TurnContext): Promise<string> {
    const template = parseTemplate(text);
    const values = new Map<string, string | undefined>();
    // one after another: a template may name any number of files
    for (const reference of referencesIn(template)) values.set(keyOf(reference), await this.value(reference, context));
    return render(template, (reference) => values.get(keyOf(reference)));
  }

  private async value(reference: Reference, context: TurnContext): Promise<string | undefined> {
    const key = keyOf(reference);
    try {
      if (reference.type === 'file') return await this.file(reference.name, context.cwd);
      return Object.hasOwn(this.tellers, key) ? await this.tellers[key]?.(context) : undefined;
    } catch (thrown) {
      this.logger.warn(`the system prompt goes without [${key}]: ${messageOf(thrown)}`);
      return undefined;
    }
  }

  private async file(path: string, cwd: string): Promise<string | undefined> {
    const found = await fileText(path, { cwd, closed: this.closed, allow: this.allow });
    if ('text' in found) return found.text;
    if (!found.expected) this.logger.warn(`the system prompt goes without [file:${path}]: ${found.missing}`, { cwd });
    return undefined;
  }
}

const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');

const dateOf = (at: Date): string => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;

function timeOf(at: Date): string {
  const offset = -at.getTimezoneOffset();
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())} ${offset < 0 ? '-' : '+'}${two(Math.abs(offset) / 60)}:${two(Math.abs(offset) % 60)}`;
}

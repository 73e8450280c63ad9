import type * as W from 'dispatch/wire';
import { failure, Refused } from './cli-error.js';
import { type Ask, exchange, linesOf, textOf } from './exchange.js';

/** How long a server may take for an answer that is not a turn, in milliseconds. */
const usual = 30_000;
/** What ends the running turn waits until that is sealed. */
const forSealing = 60_000;

const text = encodeURIComponent;
const query = (fields: Record<string, string | number | undefined>): string => {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) given.set(name, String(value));
  return given.size > 0 ? `?${given}` : '';
};

export type SearchQuestion = { q: string; workspaceId?: string; conversationId?: string };
/** What a directory brings that would be run; `absent`: trusted contents that no file holds now. */
export type TrustAnswer = {
  directory: string;
  files: ({ kind: string; path: string } & (
    | { state: 'trusted' | 'waiting'; hash: string; summary: string[] }
    | { state: 'refused'; reason: string }
  ))[];
  absent: { kind: string; path: string; hash: string }[];
};
/** Commands that plugins bring, and what one shows: lines, then how it ended. */
export type CommandsAnswer = { commands: { name: string; description: string; usage?: string }[] };
export type CommandLine = { type: 'line'; text: string } | { type: 'done'; exitCode: number; error?: string };
/** What a plugin declares as its settings, and what was given; secrets as `***`. */
export type PluginSettingsAnswer = {
  id: string;
  fields: {
    key: string;
    label: string;
    description?: string;
    kind: string;
    required: boolean;
    secret: boolean;
    default?: unknown;
    options?: string[];
  }[];
  values: Record<string, unknown>;
  from?: string;
  keptIn: string;
  problem?: string;
};
export type WaitingAnswer = Omit<W.CancelAnswer, 'cancelled'>;

/** Where the token is looked for when a server wants one and none was given. */
export type FindToken = (address: string) => Promise<string | undefined>;

/** Talks to a server over HTTP. Every failure is a `CliError` with a sentence that says what to do. */
export class Client {
  /** `address`: without a slash at the end. */
  constructor(
    readonly address: string,
    private token: string | undefined,
    private readonly findToken: FindToken,
    private readonly patience = usual,
  ) {}

  models = (): Promise<W.ModelsAnswer> => this.json('GET', '/models');
  plugins = (): Promise<W.PluginsAnswer> => this.json('GET', '/plugins');
  changePlugin = (id: string, verb: 'reload' | 'enable' | 'disable'): Promise<W.PluginStatus> =>
    this.json('POST', `/plugins/${text(id)}/${verb}`);
  pluginSettings = (id: string): Promise<PluginSettingsAnswer> => this.json('GET', `/plugins/${text(id)}/settings`);
  workspaces = (): Promise<W.WorkspacesAnswer> => this.json('GET', '/workspaces');
  template = (): Promise<W.SystemPromptAnswer> => this.json('GET', '/system-prompt');
  setTemplate = (template: string): Promise<W.SystemPromptAnswer> => this.json('PUT', '/system-prompt', { template });
  variables = (): Promise<W.SystemPromptVariables> => this.json('GET', '/system-prompt/variables');

  conversations = (filter: { q?: string; status?: string; workspaceId?: string }): Promise<W.ConversationsAnswer> =>
    this.json('GET', `/conversations${query(filter)}`);
  search = (filter: SearchQuestion & { limit: number; cursor?: string }): Promise<W.SearchAnswer> =>
    this.json('GET', `/search${query(filter)}`);

  history = (id: string, window: { limit?: number } = {}): Promise<W.HistoryAnswer> => this.json('GET', at(id, query(window)));
  status = (id: string): Promise<W.StatusAnswer> => this.json('GET', at(id, '/status'));
  /** Waits for the running turn, a minute at most. */
  last = (id: string): Promise<W.LastAnswer> => this.json('GET', at(id, '/last?timeoutMs=60000'), undefined, 60_000 + usual);
  open = (id: string): Promise<W.OpenAnswer> => this.json('POST', at(id, '/open'), {});
  stop = (id: string): Promise<W.AbortAnswer> => this.json('POST', at(id, '/stop'), {}, forSealing);
  close = (id: string): Promise<W.AbortAnswer> => this.json('POST', at(id, '/close'), {}, forSealing);
  /** A model writes the summary: that takes as long as it takes. */
  compact = (id: string): Promise<W.CompactAnswer> => this.json('POST', at(id, '/compact'), {}, 0);

  waiting = (id: string): Promise<WaitingAnswer> => this.json('GET', at(id, '/queue'));
  enqueue = (id: string, body: { text: string; workspaceId?: string }): Promise<W.QueueAnswer> => this.json('POST', at(id, '/queue'), body);
  reword = (id: string, messageId: string, words: string): Promise<WaitingAnswer> =>
    this.json('PUT', at(id, `/queue/${text(messageId)}`), { text: words });
  cancel = (id: string, messageId: string): Promise<W.CancelAnswer> => this.json('DELETE', at(id, `/queue/${text(messageId)}`));

  keepWorkspace = (id: string): Promise<W.Workspace> => this.json('PUT', `/workspaces/${text(id)}`, {});
  entitle = (id: string, title: string): Promise<W.Workspace> => this.json('PUT', `/workspaces/${text(id)}/title`, { title });
  house = (id: string, defaultCwd: string | null): Promise<W.Workspace> =>
    this.json('PUT', `/workspaces/${text(id)}/default-cwd`, { defaultCwd });
  deleteWorkspace = (id: string): Promise<W.WorkspaceDeleted> => this.json('DELETE', `/workspaces/${text(id)}`);

  brought = (cwd: string): Promise<TrustAnswer> => this.json('GET', `/trust${query({ cwd })}`);
  trust = (directory: string, hashes: string[]): Promise<TrustAnswer> => this.json('POST', '/trust', { directory, hashes });
  distrust = (directory: string): Promise<TrustAnswer> => this.json('DELETE', `/trust${query({ directory })}`);

  launch = (): Promise<{ path: string; expiresInMs: number }> => this.json('POST', '/access/launch', {});
  rotateToken = (): Promise<{ tokenFile: string; token?: string }> => this.json('POST', '/access/rotate', {});

  commands = (): Promise<CommandsAnswer> => this.json('GET', '/commands');
  /** What a command shows, as it shows it. */
  async *run(name: string, body: { args: readonly string[]; cwd: string }): AsyncIterable<CommandLine> {
    const answer = await this.send({ method: 'POST', path: `/commands/${text(name)}`, body, patience: 0, stream: true });
    for await (const line of linesOf(answer)) if (line.trim() !== '') yield this.parsed(line) as CommandLine;
  }

  /** The events of a turn as they happen. Ends early, with an error, when the connection breaks. */
  async *chat(body: W.ChatRequest): AsyncIterable<W.ChatEvent> {
    const answer = await this.send({ method: 'POST', path: '/chat', body, patience: forSealing, stream: true });
    for await (const line of linesOf(answer)) {
      if (line.trim() !== '') yield this.parsed(line) as W.ChatEvent;
    }
  }

  private async json<T>(method: string, path: string, body?: unknown, patience = this.patience): Promise<T> {
    const answer = await this.send({ method, path, body, patience });
    return this.parsed(await textOf(answer)) as T;
  }

  private parsed(json: string): unknown {
    try {
      return JSON.parse(json);
    } catch (cause) {
      throw failure(`what answers at ${this.address} does not speak as a Dispatch server; check --server`, cause);
    }
  }

  /** A refused request has begun nothing, so it may be sent again with a token. */
  private async send(ask: Ask) {
    try {
      return await exchange(this.address, { ...ask, token: this.token });
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 401 || this.token !== undefined) throw error;
      this.token = await this.findToken(this.address).catch((problem: Error) => {
        throw failure(`${error.message}. It could not be looked up here: ${problem.message}`, problem);
      });
      if (this.token === undefined) throw error;
      return await exchange(this.address, { ...ask, token: this.token });
    }
  }
}

const at = (id: string, rest: string): string => `/conversations/${text(id)}${rest}`;

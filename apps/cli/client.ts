import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import type { AbortAnswer, ChatEvent, ChatRequest, ConversationsAnswer, HistoryAnswer, ModelsAnswer, PluginsAnswer } from 'dispatch/wire';
import { CliError, exitCodes, failure, Refused } from './cli-error.js';

/** `localhost` is both of these, whatever the machine's own tables say; the one that answers is taken. */
const loopback = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];
const bothLoopbacks: LookupFunction = (_name, options, done) => {
  if (options.all) done(null, loopback);
  else done(null, '127.0.0.1', 4);
};

/** How long a server may take for an answer that is not a turn, in milliseconds. */
const patience = 30_000;

/** Talks to a server over HTTP. Every failure is a `CliError` with a sentence that says what to do. */
export class Client {
  /** `address`: without a slash at the end. */
  constructor(
    readonly address: string,
    private readonly token?: string,
  ) {}

  models = (): Promise<ModelsAnswer> => this.json('GET', '/models');
  plugins = (): Promise<PluginsAnswer> => this.json('GET', '/plugins');
  history = (id: string): Promise<HistoryAnswer> => this.json('GET', `/conversations/${encodeURIComponent(id)}`);
  stop = (id: string): Promise<AbortAnswer> => this.json('POST', `/conversations/${encodeURIComponent(id)}/stop`, {});

  conversations(filter: { q?: string; status?: string; workspaceId?: string }): Promise<ConversationsAnswer> {
    const query = new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== undefined));
    return this.json('GET', `/conversations${query.size > 0 ? `?${query}` : ''}`);
  }

  /** The events of a turn as they happen. Ends early, with an error, when the connection breaks. */
  async *chat(body: ChatRequest): AsyncIterable<ChatEvent> {
    const answer = await this.send('POST', '/chat', body);
    for await (const line of linesOf(answer)) {
      if (line.trim() !== '') yield this.parsed(line) as ChatEvent;
    }
  }

  private async json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.send(method, path, body);
    return this.parsed(await textOf(answer)) as T;
  }

  private parsed(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw failure(`what answers at ${this.address} does not speak as a Dispatch server; check --server`, cause);
    }
  }

  /** Sends a request; resolves with an answer that is a success. */
  private async send(method: string, path: string, body?: unknown): Promise<IncomingMessage> {
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const url = new URL(this.address + path);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers: Record<string, string> = { accept: 'application/json, application/x-ndjson' };
      if (payload !== undefined) {
        headers['content-type'] = 'application/json';
        headers['content-length'] = String(Buffer.byteLength(payload));
      }
      if (this.token) headers.authorization = `Bearer ${this.token}`;
      const ask = url.protocol === 'https:' ? httpsRequest : httpRequest;
      const lookup = url.hostname === 'localhost' ? { lookup: bothLoopbacks } : {};
      // No agent: a connection that is kept alive would keep the process.
      const request = ask(url, { method, headers, agent: false, ...lookup });
      if (path !== '/chat')
        request.setTimeout(patience, () => request.destroy(new Error(`it did not answer within ${patience / 1000} seconds`)));
      request.on('response', resolve);
      request.on('error', (cause) => reject(this.unreachable(cause)));
      request.end(payload);
    });
    if (answer.statusCode === 200) return answer;
    throw this.refusal(answer.statusCode ?? 0, await textOf(answer));
  }

  private refusal(status: number, text: string): CliError {
    let words: unknown;
    try {
      words = (JSON.parse(text) as { error?: unknown } | null)?.error;
    } catch {
      // Not JSON: the status has to do.
    }
    const advice = status === 401 ? '. Set DISPATCH_TOKEN to the token of this server' : '';
    return new Refused(typeof words === 'string' ? words + advice : `${this.address} answered with status ${status}${advice}`);
  }

  private unreachable(cause: Error): CliError {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    if (/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/.test(code))
      return new CliError(
        exitCodes.noServer,
        `no server answers at ${this.address} (${code}). Start one with "dispatch-server" (or "npm start" in the project), or name another with --server or DISPATCH_SERVER`,
        { cause },
      );
    return failure(`talking to ${this.address} failed: ${cause.message || code}`, cause);
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const line of linesOf(answer)) text += `${line}\n`;
  return text;
}

/** The lines of an answer as they come; characters that come in pieces stay whole. */
async function* linesOf(answer: IncomingMessage): AsyncIterable<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  try {
    for await (const piece of answer) {
      const lines = (rest + decoder.write(piece as Buffer)).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (cause) {
    throw failure('the connection broke before the answer was whole', cause);
  }
  rest += decoder.end();
  if (rest !== '') yield rest;
}

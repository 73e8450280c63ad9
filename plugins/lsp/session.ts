import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { messageOf } from 'dispatch/kernel';
import type { ProtocolConnection } from 'vscode-languageserver-protocol/node';
import { isObject } from './definition.js';
import { Documents } from './documents.js';
import { FrameGate } from './frame-gate.js';
import { initializeParams } from './initialize-params.js';
import { languageId } from './language-ids.js';
import { News } from './news.js';
import type { Encoding } from './positions.js';
import { loadProtocol, type Protocol } from './protocol.js';
import { PushedDiagnostics } from './pushed-diagnostics.js';
import { type ProcessOptions, ServerProcess } from './server-process.js';
import { answerServer } from './server-requests.js';

export interface SessionRequest extends ProcessOptions {
  initialization: unknown;
  settings: unknown;
  /** Milliseconds it may take to begin. */
  startMs: number;
  /** Bytes of one message at most. */
  messageLimit: number;
  maxDocuments: number;
  /** Aborted when the server is not wanted any more before it has begun. */
  signal: AbortSignal;
}

export interface AskOptions {
  limitMs: number;
  signal: AbortSignal;
}

/** A request was not answered in time. */
export class NoAnswer extends Error {}

/** Messages in a row that are none, requests in a row in which nothing at all came back, before a server is given up. */
const mostNonsense = 50;
const mostSilences = 3;
/** Times the message limit that may wait to be read by it. */
const mostUnread = 4;
const shutdownMs = 500;
const endingMs = 500;

/** Whether nothing could be sent, or what was is given up; numbers are the library's own, or errors of the system. */
function isBroken(thrown: unknown): boolean {
  const { code } = thrown as { code?: unknown };
  return typeof code !== 'number' || (code <= -32_096 && code >= -32_099);
}

/** One running server that has begun to speak the protocol, until its end. */
export class Session {
  readonly documents: Documents;
  readonly pushed = new PushedDiagnostics();
  private abilities: Readonly<Record<string, unknown>> = {};
  private readonly registered = new Map<string, string>();
  private readonly news = new News();
  private silences = 0;
  private nonsense = 0;
  private unread = 0;

  private constructor(
    private readonly request: SessionRequest,
    private readonly process: ServerProcess,
    private readonly gate: FrameGate,
    private readonly connection: ProtocolConnection,
    private readonly protocol: Protocol,
  ) {
    const uri = (path: string) => pathToFileURL(path).href;
    this.documents = new Documents(request.maxDocuments, {
      serial: () => this.pushed.serial,
      opened: (path, version, text) =>
        this.tell('textDocument/didOpen', { textDocument: { uri: uri(path), languageId: languageId(path), version, text } }, text.length),
      changed: (path, version, text) => {
        this.tell('textDocument/didChange', { textDocument: { uri: uri(path), version }, contentChanges: [{ text }] }, text.length);
        this.tell('textDocument/didSave', { textDocument: { uri: uri(path) } });
      },
      closed: (path) => {
        this.tell('textDocument/didClose', { textDocument: { uri: uri(path) } });
        this.pushed.forget(path);
      },
    });
  }

  /** Starts a server. Rejects with a sentence when it does not begin; nothing of it is left then. */
  static async open(request: SessionRequest): Promise<Session> {
    const protocol = await loadProtocol();
    request.signal.throwIfAborted();
    const process = await ServerProcess.start(request);
    const stop = () => void process.end('it was stopped');
    request.signal.addEventListener('abort', stop);
    try {
      request.signal.throwIfAborted();
      const session = Session.over(process, request, protocol);
      await session.begin();
      return session;
    } catch (thrown) {
      await process.end(messageOf(thrown));
      throw new Error(process.why ?? messageOf(thrown), { cause: thrown });
    } finally {
      request.signal.removeEventListener('abort', stop);
    }
  }

  private static over(process: ServerProcess, request: SessionRequest, protocol: Protocol): Session {
    const gate = new FrameGate(request.messageLimit);
    gate.on('error', (error) => void process.end(error.message));
    const reader = new protocol.StreamMessageReader(process.output.pipe(gate));
    // Else a message that never ends leaves a timer that never does.
    reader.partialMessageTimeout = 0;
    const connection = protocol.createProtocolConnection(reader, new protocol.StreamMessageWriter(process.input));
    return new Session(request, process, gate, connection, protocol);
  }

  /** Resolves when it has ended, by itself or not. */
  get ended(): Promise<void> {
    return this.process.ended;
  }

  /** Why it ended. */
  get why(): string | undefined {
    return this.process.why;
  }

  get encoding(): Encoding {
    const said = this.abilities.positionEncoding;
    return said === 'utf-8' || said === 'utf-32' ? said : 'utf-16';
  }

  /** Whether it offers a provider (`hoverProvider`), or has registered for its method since. */
  offers(provider: string, method: string): boolean {
    const said = this.abilities[provider];
    return (said !== undefined && said !== null && said !== false) || [...this.registered.values()].includes(method);
  }

  /** Whether it runs this command when asked to. */
  runs(command: string): boolean {
    const provider = this.abilities.executeCommandProvider;
    return isObject(provider) && Array.isArray(provider.commands) && provider.commands.includes(command);
  }

  /** Rejects with a `NoAnswer`, with why the server ended, or with what it answered instead of a result. */
  async ask(method: string, params: unknown, { limitMs, signal }: AskOptions): Promise<unknown> {
    if (signal.aborted) throw new Error('the call was stopped');
    this.gate.asked();
    const heard = this.gate.messages;
    const cancel = new this.protocol.CancellationTokenSource();
    let late: NodeJS.Timeout | undefined;
    let stop = (): void => undefined;
    const over = new Promise<never>((_, reject) => {
      late = setTimeout(() => reject(new NoAnswer(`it did not answer ${method} within ${limitMs} ms`)), limitMs);
      stop = () => reject(new Error('the call was stopped'));
      signal.addEventListener('abort', stop);
    });
    try {
      const answer = this.connection.sendRequest<unknown>(method, params, cancel.token);
      answer.catch(() => undefined);
      const result = await Promise.race([answer, over]);
      this.silences = 0;
      return result;
    } catch (thrown) {
      cancel.cancel();
      if (thrown instanceof NoAnswer) this.doubt(heard);
      else if (!signal.aborted && isBroken(thrown)) await this.lastWords();
      throw this.process.why === undefined ? thrown : new Error(this.process.why);
    } finally {
      clearTimeout(late);
      signal.removeEventListener('abort', stop);
      cancel.dispose();
    }
  }

  /** Tells it something; `size` is how much of that is text. */
  tell(method: string, params: unknown, size = 0): void {
    if (this.process.why !== undefined) return;
    this.gate.asked();
    this.unread += size;
    if (this.unread > mostUnread * this.request.messageLimit) {
      void this.process.end('it does not read what it is sent');
      return;
    }
    const done = () => {
      this.unread -= size;
    };
    try {
      this.connection.sendNotification(method, params).then(done, done);
    } catch {
      // Its output has just been closed: it is ending, and whoever asks next is told.
      done();
    }
  }

  /** Resolves when it publishes, or registers for, something; when it ends; after these milliseconds; or when the signal aborts. */
  async heard(ms: number, signal: AbortSignal): Promise<void> {
    if (this.process.why === undefined) await this.news.wait(ms, signal);
  }

  /** Ends it, politely at first. Resolves once nothing of it is left. */
  async close(): Promise<void> {
    if (this.process.why === undefined) {
      const signal = new AbortController().signal;
      await this.ask('shutdown', undefined, { limitMs: shutdownMs, signal }).catch(() => undefined);
      this.tell('exit', undefined);
    }
    await this.process.end();
  }

  private async begin(): Promise<void> {
    const { connection, protocol, request } = this;
    connection.onError(() => {
      this.nonsense++;
      if (this.nonsense >= mostNonsense) void this.process.end(`it sent ${this.nonsense} messages that make no sense`);
    });
    connection.onClose(() => undefined);
    answerServer(connection, protocol, {
      root: request.cwd,
      settings: request.settings,
      registered: this.registered,
      published: (params) => this.pushed.take(params),
      news: () => this.news.tell(),
    });
    void this.process.ended.then(() => {
      connection.dispose();
      this.gate.destroy();
      this.news.tell();
    });
    connection.listen();
    const result = await this.ask('initialize', initializeParams(request.cwd, request.initialization), {
      limitMs: request.startMs,
      signal: request.signal,
    });
    if (isObject(result) && isObject(result.capabilities)) this.abilities = result.capabilities;
    this.tell('initialized', {});
    if (request.settings !== undefined) this.tell('workspace/didChangeConfiguration', { settings: request.settings });
  }

  /** Nothing can be sent any more: it is ending, and will have said why. */
  private async lastWords(): Promise<void> {
    await Promise.race([this.process.ended, wait(endingMs, undefined, { ref: false })]);
  }

  /** A request was not answered: whether the server is only slow, or says nothing at all any more. */
  private doubt(heard: number): void {
    this.silences = this.gate.messages > heard ? 0 : this.silences + 1;
    if (this.silences >= mostSilences) void this.process.end(`it hangs: nothing came back from ${this.silences} requests in a row`);
  }
}

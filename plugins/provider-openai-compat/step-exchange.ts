import type { IncomingMessage } from 'node:http';
import { type Clock, type Credential, type Logger, ProviderError, type Secrets, type StepRequest } from 'dispatch/kernel';
import { AnswerReader } from './answer-reader.js';
import type { ClientPool } from './client-pool.js';
import { aborted, failureOf, nameOf, refused, unreachable, webPage } from './failure.js';
import type { PartQueue, PartSource } from './part-queue.js';
import { type QuirkMemory, quirkNamed, quirkWords } from './quirks.js';
import { requestBody } from './request-body.js';
import { readAll, type Sent, type Transport } from './transport.js';

/** What an exchange works with; shared by all of a provider. */
export interface ExchangeTools {
  transport: Transport;
  clients: ClientPool;
  quirks: QuirkMemory;
  secrets: Secrets;
  clock: Clock;
  logger: Logger;
}

/** One request and its streamed answer. */
export class StepExchange implements PartSource {
  private sent: Sent | undefined;
  private readonly who: string;
  private readonly reader: AnswerReader;
  private incoming: IncomingMessage | undefined;
  private over = false;
  /** Stops listening to the request's signal, which outlives the step. */
  private unlisten = () => {};

  constructor(
    private readonly tools: ExchangeTools,
    private readonly credential: Credential,
    private readonly request: StepRequest,
  ) {
    this.who = nameOf(credential);
    this.reader = new AnswerReader(this.who);
  }

  start(queue: PartQueue): void {
    const { signal } = this.request;
    const onAbort = () => this.fail(queue, aborted());
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort);
    this.unlisten = () => signal.removeEventListener('abort', onAbort);
    this.open(queue).catch((error: unknown) => this.fail(queue, failureOf(this.who, error, this.tools.clock.now())));
  }

  pause(): void {
    this.incoming?.pause();
  }

  resume(): void {
    this.incoming?.resume();
  }

  /** Ends the request itself: its socket is closed, unless the answer is already whole. */
  cancel(): void {
    if (this.over) return;
    this.over = true;
    this.unlisten();
    this.sent?.cancel();
    this.incoming?.destroy();
  }

  /** Sends the request; again at once, and changed, when the answer names a field that the model does not take. */
  private async open(queue: PartQueue): Promise<void> {
    const { clients, transport, quirks, logger, clock } = this.tools;
    const { model, mayBeSent } = this.request;
    const { chat } = await clients.get(this.credential);
    while (!this.over) {
      const known = quirks.of(this.credential, model);
      const body = requestBody(this.request, known);
      this.sent = transport.send(chat, body, mayBeSent);
      const incoming = await this.sent.answer;
      const status = incoming.statusCode as number;
      const type = incoming.headers['content-type'] ?? '';
      if (status === 200 && !/html|json/.test(type)) return this.stream(queue, incoming);
      const text = (await readAll(incoming)).toString();
      if (status >= 200 && status < 300) return this.receive(queue, type, text);
      const headers = { get: (name: string) => incoming.headersDistinct[name]?.join(', ') ?? null };
      const refusal = { status, headers, answer: parsed(text) };
      const quirk = quirkNamed(status, text, body.toString(), known);
      if (!quirk) return this.fail(queue, refused(this.who, refusal, clock.now()));
      quirks.learn(this.credential, model, quirk);
      logger.info(`model ${this.credential.name}/${model} ${quirkWords[quirk]}`);
    }
  }

  /** An answer that is no stream. */
  private receive(queue: PartQueue, type: string, text: string): void {
    if (type.includes('html')) return this.fail(queue, webPage(this.who, 200));
    const parts = this.reader.document(text);
    if (this.reader.failure) return this.fail(queue, this.reader.failure);
    queue.push([{ type: 'open' }, ...parts]);
    this.finish(queue);
  }

  private stream(queue: PartQueue, incoming: IncomingMessage): void {
    if (this.over) return void incoming.destroy();
    const { reader } = this;
    this.incoming = incoming;
    queue.push([{ type: 'open' }]);
    incoming.on('data', (bytes: Buffer) => {
      if (this.over) return;
      queue.push(reader.take(bytes));
      if (reader.failure) this.fail(queue, reader.failure);
      else if (reader.done) this.finish(queue);
    });
    incoming.on('end', () => {
      if (this.over) return;
      queue.push(reader.end());
      this.finish(queue);
    });
    incoming.on('error', (error) => {
      if (reader.whole) this.finish(queue);
      else this.fail(queue, unreachable(this.who, 'broke the connection in the middle of its answer', error));
    });
  }

  private finish(queue: PartQueue): void {
    if (this.over) return;
    this.over = true;
    this.unlisten();
    queue.push(this.reader.last());
    queue.end();
    this.letGo();
  }

  private fail(queue: PartQueue, error: ProviderError): void {
    if (this.over) return;
    this.cancel();
    queue.fail(new ProviderError(this.tools.secrets.mask(error.message), error));
  }

  /** The answer is whole; the little that may follow is read away, so that the connection can serve again. */
  private letGo(): void {
    const { incoming } = this;
    if (!incoming || incoming.readableEnded || incoming.destroyed) return;
    const closed = new AbortController();
    incoming.once('close', () => closed.abort(null));
    incoming.resume();
    void this.tools.clock.sleep(1000, closed.signal).then(() => incoming.destroy());
  }
}

/** What an answer says: JSON where it is some, else the text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

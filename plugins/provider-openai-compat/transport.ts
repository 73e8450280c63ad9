import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Clock } from 'dispatch/kernel';

/** A successful answer whose body is still on its way; it is read from `incoming`, without web streams between. */
export class StreamedResponse extends Response {
  constructor(
    readonly incoming: IncomingMessage,
    init: ResponseInit,
  ) {
    super(null, init);
  }
}

const ours = 'dispatchExchange';
/** What an exchange wants of its request, beside what `fetch` knows. */
export interface Wishes {
  /** The request may leave only once this has resolved; until then it is made ready. */
  mayBeSent?: Promise<void>;
  /** Told of a streamed answer the moment it begins, before the client has looked at it. */
  streams?(incoming: IncomingMessage): void;
}
/** The wishes as options that the client hands on to `fetch`. */
export const wishing = (wishes: Wishes): { [ours]?: Wishes } => ({ [ours]: wishes });
type Init = RequestInit & { [ours]?: Wishes };

const longestAnswer = 16 * 1024 * 1024;
const longestError = 64 * 1024;

/**
 * `fetch` on node:http with kept-alive connections, for the openai client. Against the built-in one: the request is on
 * the wire sooner, a streamed body costs less, redirects are never followed, and the connect limit is ours.
 */
export class Transport {
  private readonly http = new HttpAgent({ keepAlive: true, maxFreeSockets: 64 });
  private readonly https = new HttpsAgent({ keepAlive: true, maxFreeSockets: 64 });

  constructor(
    private readonly clock: Clock,
    private readonly connectMs: number,
  ) {}

  /** Closes idle connections, and those in use. */
  close(): void {
    this.http.destroy();
    this.https.destroy();
  }

  readonly fetch = async (address: string | URL | Request, init: Init = {}): Promise<Response> => {
    const url = new URL(address instanceof Request ? address.url : address);
    const body = typeof init.body === 'string' ? Buffer.from(init.body) : undefined;
    const incoming = await this.exchange(url, init, body).catch((error: NodeJS.ErrnoException & { stale?: boolean }) => {
      // The server had closed an idle connection just as it was used: nothing was read, a fresh one will do.
      if (error.stale && !init.signal?.aborted) return this.exchange(url, init, body, true);
      throw error;
    });
    const status = incoming.statusCode as number;
    const headers = new Headers();
    for (const [name, values] of Object.entries(incoming.headersDistinct)) for (const value of values ?? []) headers.append(name, value);
    const streams = init.method === 'POST' && status === 200 && !/html|json/.test(headers.get('content-type') ?? '');
    if (streams) {
      init[ours]?.streams?.(incoming);
      return new StreamedResponse(incoming, { status, headers });
    }
    const content = await readAll(incoming, status < 300 ? longestAnswer : longestError);
    return new Response([204, 205, 304].includes(status) ? null : content, { status, headers });
  };

  private exchange(url: URL, init: Init, body: Buffer | undefined, fresh = false): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const secure = url.protocol === 'https:';
      const headers = Object.fromEntries(new Headers(init.headers));
      headers['accept-encoding'] = 'identity';
      if (body) headers['content-length'] = String(body.length);
      const agent = fresh ? false : secure ? this.https : this.http;
      const request = (secure ? httpsRequest : httpRequest)(url, { method: init.method ?? 'GET', headers, agent });
      const stop = () => request.destroy(new DOMException('aborted', 'AbortError'));
      if (init.signal?.aborted) stop();
      init.signal?.addEventListener('abort', stop, { once: true });
      request.on('close', () => init.signal?.removeEventListener('abort', stop));
      request.on('error', (error: NodeJS.ErrnoException) => {
        const stale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        reject(stale ? Object.assign(error, { stale }) : error);
      });
      request.on('response', (incoming) => {
        // Until someone reads, an error must not be fatal to the process.
        incoming.on('error', () => {});
        resolve(incoming);
      });
      this.limitConnecting(request, secure);
      const { mayBeSent } = init[ours] ?? {};
      if (!mayBeSent) return request.end(body);
      mayBeSent.then(
        () => request.end(body),
        (thrown: Error) => request.destroy(thrown),
      );
    });
  }

  private limitConnecting(request: ClientRequest, secure: boolean): void {
    request.on('socket', (socket) => {
      if (!socket.connecting && !(secure && socket.listenerCount('secureConnect') > 0)) return;
      const done = new AbortController();
      socket.once(secure ? 'secureConnect' : 'connect', () => done.abort());
      request.once('close', () => done.abort());
      void this.clock.sleep(this.connectMs, done.signal).then(() => {
        if (done.signal.aborted) return;
        const words = `no connection within ${this.connectMs / 1000} s`;
        request.destroy(Object.assign(new Error(words), { code: 'ENOCONNECT' }));
      });
    });
  }
}

/** At most `limit` bytes; what comes after is cut off. A connection that breaks gives what there was of an error. */
function readAll(incoming: IncomingMessage, limit: number): Promise<Buffer<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let length = 0;
    incoming.on('data', (piece: Buffer) => {
      pieces.push(piece);
      length += piece.length;
      if (length <= limit) return;
      resolve(Buffer.concat(pieces).subarray(0, limit));
      incoming.destroy();
    });
    incoming.on('end', () => resolve(Buffer.concat(pieces)));
    incoming.on('error', (error) => ((incoming.statusCode ?? 0) >= 300 ? resolve(Buffer.concat(pieces)) : reject(error)));
  });
}

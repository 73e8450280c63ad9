import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { urlToHttpOptions } from 'node:url';
import type { Clock } from 'dispatch/kernel';

/** Where requests go, and with which headers; made once for as many requests as there are. */
export interface Target {
  readonly secure: boolean;
  readonly options: RequestOptions;
  /** Names and values in turn; the body's length is added to them. */
  readonly headers: readonly string[];
}

/** A request on its way. */
export interface Sent {
  /** The head of the answer, its body still to come. */
  readonly answer: Promise<IncomingMessage>;
  /** Closes the connection. */
  cancel(): void;
}

const longestAnswer = 16 * 1024 * 1024;
const longestError = 64 * 1024;

/** The same requests again and again: the address and the headers as node:http wants them. */
export function targetOf(address: string | URL, method: string, headers: ConstructorParameters<typeof Headers>[0]): Target {
  const url = new URL(address);
  const all = new Headers(headers);
  all.set('accept-encoding', 'identity');
  const { auth: _, ...options } = urlToHttpOptions(url);
  return {
    secure: url.protocol === 'https:',
    options: { ...options, method },
    headers: ['host', url.host, ...[...all].flat()],
  };
}

/**
 * Requests on node:http with kept-alive connections. Against the built-in `fetch`: the request is on the wire sooner, a
 * streamed body costs less, redirects are never followed, and the connect limit is ours.
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

  /** Makes a request ready, and lets it leave once `mayBeSent` has resolved. */
  send(target: Target, body?: Buffer, mayBeSent?: Promise<void>): Sent {
    let request = this.request(target, body, this.agentOf(target));
    let cancelled = false;
    const answer = this.exchange(request, target, body, mayBeSent).catch((error: NodeJS.ErrnoException) => {
      // The server had closed an idle connection just as it was used: nothing was read, a fresh one will do.
      const stale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      if (!stale || cancelled) throw error;
      request = this.request(target, body, false);
      return this.exchange(request, target, body, undefined);
    });
    const cancel = () => {
      cancelled = true;
      request.destroy(new DOMException('aborted', 'AbortError'));
    };
    return { answer, cancel };
  }

  /** What the openai client sends its other requests with. The answer is read whole. */
  readonly fetch = async (address: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const target = targetOf(address instanceof Request ? address.url : address, init.method ?? 'GET', init.headers);
    const { answer, cancel } = this.send(target, typeof init.body === 'string' ? Buffer.from(init.body) : undefined);
    if (init.signal?.aborted) cancel();
    init.signal?.addEventListener('abort', cancel, { once: true });
    try {
      const incoming = await answer;
      const status = incoming.statusCode as number;
      const headers = new Headers();
      for (const [name, values] of Object.entries(incoming.headersDistinct)) for (const value of values ?? []) headers.append(name, value);
      const content = await readAll(incoming);
      return new Response([204, 205, 304].includes(status) ? null : content, { status, headers });
    } finally {
      init.signal?.removeEventListener('abort', cancel);
    }
  };

  private agentOf({ secure }: Target): HttpAgent {
    return secure ? this.https : this.http;
  }

  private request({ secure, options, headers }: Target, body: Buffer | undefined, agent: HttpAgent | false): ClientRequest {
    const all = body ? [...headers, 'content-length', String(body.length)] : headers;
    return (secure ? httpsRequest : httpRequest)({ ...options, headers: all, agent });
  }

  private exchange(request: ClientRequest, target: Target, body: Buffer | undefined, mayBeSent: Promise<void> | undefined) {
    return new Promise<IncomingMessage>((resolve, reject) => {
      request.on('error', reject);
      request.on('response', (incoming) => {
        // Until someone reads, an error must not be fatal to the process.
        incoming.on('error', () => {});
        resolve(incoming);
      });
      this.limitConnecting(request, target.secure);
      if (!mayBeSent) return request.end(body);
      mayBeSent.then(
        () => {
          request.end(body);
        },
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

/** The body, up to a length; what comes after is cut off. A connection that breaks gives what there was of an error. */
export function readAll(incoming: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const failed = (incoming.statusCode ?? 0) >= 300;
  const limit = failed ? longestError : longestAnswer;
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
    incoming.on('error', (error) => (failed ? resolve(Buffer.concat(pieces)) : reject(error)));
  });
}

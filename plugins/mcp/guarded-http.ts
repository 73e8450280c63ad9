import { lookup as systemLookup } from 'node:dns';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { ReadableStream } from 'node:stream/web';
import { setTimeout as wait } from 'node:timers/promises';

export interface HttpRules {
  /** Why an IP address must not be asked; undefined when it may. */
  forbidden(address: string): string | undefined;
  /** Bytes of one message at most. */
  limit: number;
  /** The answer to this request is larger; it will not come. */
  tooLarge(request: unknown): void;
  /** The server cannot be reached, or went away in the middle of an answer. */
  broken(why: string): void;
}

/** Milliseconds between two streams that are asked for, whatever a server wishes. */
const streamEveryMs = 1_000;
/** Milliseconds of silence after which the connection of a single request is given up. */
const silenceMs = 600_000;

/**
 * `fetch` for one server, on node:http: the address that is connected to is the one that was judged, redirects are never
 * followed here, and no message is held that is larger than the limit.
 */
export class GuardedHttp {
  private readonly http = new HttpAgent({ keepAlive: true });
  private readonly https = new HttpsAgent({ keepAlive: true });
  private lastStream = Number.NEGATIVE_INFINITY;
  private closed = false;

  constructor(private readonly rules: HttpRules) {}

  close(): void {
    this.closed = true;
    this.http.destroy();
    this.https.destroy();
  }

  readonly fetch = async (address: string | URL, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(address);
    const literal = url.hostname.replace(/^\[|\]$/g, '');
    const problem = isIP(literal) ? this.rules.forbidden(literal) : undefined;
    if (problem) throw new Error(problem);
    if (init.method === 'GET') await this.pace();
    const incoming = await this.exchange(url, init).catch((error: Error) => {
      if (!init.signal?.aborted && !this.closed)
        this.rules.broken(`it cannot be reached (${error.message || (error as NodeJS.ErrnoException).code})`);
      throw error;
    });
    const status = incoming.statusCode as number;
    const headers = new Headers();
    for (const [name, values] of Object.entries(incoming.headersDistinct)) for (const value of values ?? []) headers.append(name, value);
    const empty = [204, 205, 304].includes(status);
    if (empty) incoming.resume();
    const body = empty ? null : (ReadableStream.from(this.bodyOf(incoming, init)) as unknown as ConstructorParameters<typeof Response>[0]);
    return new Response(body, { status, headers });
  };

  /** A server may end its stream and say "ask again at once", for ever. */
  private async pace(): Promise<void> {
    const left = this.lastStream + streamEveryMs - performance.now();
    this.lastStream = performance.now() + Math.max(0, left);
    if (left > 0) await wait(left);
  }

  private exchange(url: URL, init: RequestInit): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const secure = url.protocol === 'https:';
      const body = typeof init.body === 'string' ? Buffer.from(init.body) : undefined;
      const headers: Record<string, string> = { ...Object.fromEntries(new Headers(init.headers)), 'accept-encoding': 'identity' };
      if (body) headers['content-length'] = String(body.length);
      const options = { method: init.method ?? 'GET', headers, lookup: this.lookup, agent: secure ? this.https : this.http };
      const request = (secure ? httpsRequest : httpRequest)(url, options);
      const stop = () => request.destroy(new DOMException('aborted', 'AbortError'));
      if (init.signal?.aborted) stop();
      init.signal?.addEventListener('abort', stop, { once: true });
      request.on('close', () => init.signal?.removeEventListener('abort', stop));
      request.on('error', reject);
      if (options.method !== 'GET') request.setTimeout(silenceMs, () => request.destroy(new Error('it was silent for too long')));
      request.on('response', (incoming) => {
        // Until someone reads, an error must not be fatal to the process.
        incoming.on('error', () => undefined);
        resolve(incoming);
      });
      request.end(body);
    });
  }

  private readonly lookup: LookupFunction = (name, options, done) => {
    systemLookup(name, { ...options, all: true }, (error, addresses) => {
      const problem = addresses?.map(({ address }) => this.rules.forbidden(address)).find((each) => each !== undefined);
      const [first] = addresses ?? [];
      if (error || problem || !first) done(error ?? new Error(`${name}: ${problem ?? 'it has no address'}`), '', 0);
      else if (options.all) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };

  private async *bodyOf(incoming: IncomingMessage, init: RequestInit): AsyncGenerator<Uint8Array> {
    const events = /^text\/event-stream/i.test(incoming.headers['content-type'] ?? '');
    const size = new MessageSize(events);
    try {
      for await (const chunk of incoming as AsyncIterable<Buffer>) {
        if (size.add(chunk) > this.rules.limit) {
          this.rules.tooLarge(requestIn(init.body));
          throw new Error(`the answer is larger than ${this.rules.limit.toLocaleString('en')} bytes; ask for less`);
        }
        yield new Uint8Array(chunk);
      }
    } catch (thrown) {
      const gone = init.method === 'POST' && !init.signal?.aborted && !this.closed && size.largest <= this.rules.limit;
      if (gone) this.rules.broken('it went away in the middle of an answer');
      throw thrown;
    } finally {
      incoming.destroy();
    }
  }
}

/** Counts the bytes of one message: of the whole body, or of what stands between two empty lines. */
class MessageSize {
  largest = 0;
  private size = 0;
  private lineStart = true;

  constructor(private readonly events: boolean) {}

  add(chunk: Buffer): number {
    if (!this.events) this.size += chunk.length;
    else
      for (const byte of chunk) {
        this.size++;
        if (byte === 10 && this.lineStart) this.size = 0;
        if (byte === 10) this.lineStart = true;
        else if (byte !== 13) this.lineStart = false;
        if (this.size > this.largest) this.largest = this.size;
      }
    this.largest = Math.max(this.largest, this.size);
    return this.largest;
  }
}

/** The id of the request that a body is. */
function requestIn(body: RequestInit['body']): unknown {
  try {
    return typeof body === 'string' ? (JSON.parse(body) as { id?: unknown }).id : undefined;
  } catch {
    return undefined;
  }
}

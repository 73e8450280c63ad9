import { Transform, type TransformCallback } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';

const longestHeader = 4_096;
/** How often the message limit may come while nobody asks for anything. */
const unasked = 16;
const headerEnd = Buffer.from('\r\n\r\n');

/**
 * Stands before the library's reader, which takes whatever comes: lets framed messages through as they are, but none over
 * the limit, nothing that is no message, and no endless stream that nobody asked for. A flood takes turns with everything
 * else: after each chunk it waits until its messages were dealt with.
 */
export class FrameGate extends Transform {
  private header = Buffer.alloc(0);
  /** Bytes of the message's body yet to come. */
  private body = 0;
  private sinceAsked = 0;
  /** Messages that have passed. */
  messages = 0;

  constructor(private readonly limit: number) {
    super();
  }

  /** Something was asked of the server: it may answer. */
  asked(): void {
    this.sinceAsked = 0;
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    let messages: number;
    try {
      messages = this.look(chunk);
    } catch (thrown) {
      done(thrown as Error);
      return;
    }
    this.messages += messages;
    this.push(chunk);
    void this.rest(messages).then(() => done());
  }

  /** The library reads and deals with one message each in a turn of the loop. */
  private async rest(messages: number): Promise<void> {
    for (let turns = 0; turns < 2 * messages + 2 && !this.destroyed; turns++) await turn();
  }

  /** How many messages end in a chunk. Throws a sentence for what may not pass. */
  private look(chunk: Buffer): number {
    this.sinceAsked += chunk.length;
    if (this.sinceAsked > unasked * this.limit) throw new Error(`it wrote ${this.sinceAsked} bytes that nobody asked for`);
    let messages = 0;
    for (let from = 0; from < chunk.length; ) {
      if (this.body > 0) {
        const taken = Math.min(this.body, chunk.length - from);
        this.body -= taken;
        from += taken;
        if (this.body === 0) messages++;
        continue;
      }
      const before = this.header.length;
      this.header = Buffer.concat([this.header, chunk.subarray(from, from + longestHeader + headerEnd.length)]);
      const end = this.header.indexOf(headerEnd);
      if (end < 0) {
        if (this.header.length > longestHeader) throw new Error(noMessage(this.header));
        return messages;
      }
      this.body = this.lengthIn(this.header.subarray(0, end));
      if (this.body === 0) messages++;
      from += end + headerEnd.length - before;
      this.header = Buffer.alloc(0);
    }
    return messages;
  }

  private lengthIn(header: Buffer): number {
    const lines = header.toString('latin1').split('\r\n');
    const length = lines.map((line) => /^content-length:\s*(\d{1,15})\s*$/i.exec(line)?.[1]).find((found) => found !== undefined);
    if (length === undefined || lines.some((line) => !/^[\w-]+:/.test(line))) throw new Error(noMessage(header));
    if (Number(length) > this.limit)
      throw new Error(`it sent a message of ${length} bytes; the most that is taken is ${this.limit} (lsp.messageLimit)`);
    return Number(length);
  }
}

const noMessage = (bytes: Buffer): string =>
  `it wrote something that is no message of the protocol: ${JSON.stringify(bytes.toString('latin1', 0, 80))}`;

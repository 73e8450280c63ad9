import { StringDecoder } from 'node:string_decoder';
import type { ProviderError, StepPart } from 'dispatch/kernel';
import { createParser, type ParseError } from 'eventsource-parser';
import { ChunkReader, ErrorFrame } from './chunk-reader.js';
import { brokenOff, unreadable, webPage } from './failure.js';

const longestEvent = 64 * 1024 * 1024;

/** The bytes of a streamed answer in, step parts out. Never throws: what cannot be read ends it with `failure`. */
export class AnswerReader {
  /** The last event was seen, or something that ends the answer: what follows does not count. */
  done = false;
  /** Why the answer is of no use; undefined as long as it is, and for what breaks after the finish reason. */
  failure: ProviderError | undefined;
  private readonly chunks = new ChunkReader();
  private readonly utf8 = new StringDecoder('utf8');
  private readonly events = createParser({
    onEvent: ({ data }) => this.event(data),
    onError: (error) => this.tooLong(error),
    maxBufferSize: longestEvent,
  });
  private parts: StepPart[] = [];
  private first = true;

  constructor(private readonly who: string) {}

  /** Whether a finish reason was seen. */
  get whole(): boolean {
    return this.chunks.whole;
  }

  take(bytes: Buffer): StepPart[] {
    return this.told(() => {
      const text = this.utf8.write(bytes);
      if (this.first && /^\s*<(!doctype|html)/i.test(text)) this.fail(webPage(this.who, 200));
      this.first = false;
      this.events.feed(text);
    });
  }

  /** The answer ended; what stands without its last blank line counts too. */
  end(): StepPart[] {
    return this.told(() => {
      this.events.feed(`${this.utf8.end()}\n\n`);
    });
  }

  /** An answer that came as one JSON document though a stream was asked for. */
  document(text: string): StepPart[] {
    return this.told(() => {
      // Some servers stream events and call them JSON.
      if (/^\s*(data|event|id)?:/.test(text)) {
        this.events.feed(`${text}\n\n`);
      } else this.chunks.read(JSON.parse(text), this.parts);
    });
  }

  /** What is told at the end: calls kept back, usage, and `finish` where a reason was seen. */
  last(): StepPart[] {
    const parts: StepPart[] = [];
    this.chunks.end(parts);
    return parts;
  }

  private event(data: string): void {
    if (this.done || data === '') return;
    if (data.startsWith('[DONE]')) this.done = true;
    else this.chunks.read(JSON.parse(data), this.parts);
  }

  /** Lines that are no field of an event are left out, as the format wants it; only one that never ends counts. */
  private tooLong(error: ParseError): void {
    if (error.type === 'max-buffer-size-exceeded') throw new RangeError(`one event is longer than ${longestEvent / 1024 / 1024} MiB`);
  }

  private told(work: () => void): StepPart[] {
    this.parts = [];
    if (this.done) return this.parts;
    try {
      work();
    } catch (error) {
      this.fail(error instanceof ErrorFrame ? brokenOff(this.who, error.frame) : unreadable(this.who, error));
    }
    return this.parts;
  }

  private fail(failure: ProviderError): void {
    this.done = true;
    if (!this.whole) this.failure = failure;
  }
}

import { createHash } from 'node:crypto';

/** A file as it was read. */
export interface Document {
  /** Absolute, without links. */
  path: string;
  /** Path below the working directory, with `/`. */
  shown: string;
  text: string;
  /** Changes when the file does. */
  stamp: string;
}

/** A document that a server has open. */
export interface OpenDocument {
  readonly path: string;
  version: number;
  stamp: string;
  /** The publication after which the server has had this text. */
  since: number;
  hash: string;
}

/** Where changes of documents are told. */
export interface DocumentSink {
  opened(path: string, version: number, text: string): void;
  changed(path: string, version: number, text: string): void;
  closed(path: string): void;
  /** Publications of the server so far. */
  serial(): number;
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64');

/** The documents a server has open: the ones used last, so that its memory and ours stay bounded. Texts are not kept. */
export class Documents {
  private readonly open = new Map<string, OpenDocument>();
  /** When any of them was last changed, in milliseconds that only rise. */
  changedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly most: number,
    private readonly sink: DocumentSink,
  ) {}

  /** Those that are open, the one used last at the end. */
  all(): OpenDocument[] {
    return [...this.open.values()];
  }

  of(path: string): OpenDocument | undefined {
    return this.open.get(path);
  }

  /** Makes the server see this text. */
  show({ path, text, stamp }: Pick<Document, 'path' | 'text' | 'stamp'>): OpenDocument {
    const known = this.open.get(path);
    if (known) this.open.delete(path);
    const document = known ? this.update(known, text, stamp) : this.add(path, text, stamp);
    this.open.set(path, document);
    for (const oldest of [...this.open.keys()].slice(0, Math.max(0, this.open.size - this.most))) this.close(oldest);
    return document;
  }

  /** Makes the server see the text of a document that is open; it stays where it was in the order of use. */
  refresh({ path, text, stamp }: Pick<Document, 'path' | 'text' | 'stamp'>): void {
    const known = this.open.get(path);
    if (known) this.update(known, text, stamp);
  }

  close(path: string): void {
    if (this.open.delete(path)) this.sink.closed(path);
  }

  private add(path: string, text: string, stamp: string): OpenDocument {
    const since = this.sink.serial();
    this.sink.opened(path, 1, text);
    return { path, version: 1, stamp, since, hash: hashOf(text) };
  }

  private update(known: OpenDocument, text: string, stamp: string): OpenDocument {
    known.stamp = stamp;
    const hash = hashOf(text);
    if (hash === known.hash) return known;
    known.hash = hash;
    known.version++;
    known.since = this.sink.serial();
    this.changedAt = performance.now();
    this.sink.changed(known.path, known.version, text);
    return known;
  }
}

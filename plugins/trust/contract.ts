import { type Service, type Slot, service, slot } from 'dispatch/kernel';

/** A plugin's word on what it takes from directories: nothing of it counts before its owner trusts it. */
export interface TrustSubject {
  /** `mcp`, `lsp`, `plugin`, `hook`, …: trust is given to content as one kind of thing only. */
  readonly kind: string;
  /** Paths below a directory where such content may lie, the one that counts most first. */
  readonly files: readonly string[] | ((directory: string) => readonly string[]);
  /**
   * What trusting this content would bring about, for its owner to judge: one line a command or address, in full. It may
   * throw where the content makes no sense.
   */
  summary(text: string): readonly string[];
}
export const TrustSubjects: Slot<TrustSubject> = slot<TrustSubject>('dispatch.trust-subject[]');

interface Found {
  kind: string;
  /** Below the directory, as the subject named it. */
  path: string;
  /** Absolute. */
  file: string;
}

/**
 * A file as it was read, once: `hash` is the SHA-256 of the very bytes that `text` was made from, and `state` says
 * whether these were trusted. Use `text` of a trusted file only, and never read the file again.
 */
export interface ReadFile extends Found {
  state: 'trusted' | 'waiting';
  hash: string;
  text: string;
}

/** A file that cannot be trusted as it lies there: a link, another user's, open to everybody, too large, no text. */
export interface RefusedFile extends Found {
  state: 'refused';
  reason: string;
}
export type BroughtFile = ReadFile | RefusedFile;

/** Content that was trusted, whether or not a file still holds it. */
export interface TrustedContent {
  kind: string;
  path: string;
  hash: string;
  /** Epoch milliseconds. */
  trustedAt: number;
}

/** A directory as its owner sees it. */
export interface TrustView {
  /** Real path. */
  directory: string;
  files: ((Omit<ReadFile, 'text'> & { summary: readonly string[] }) | RefusedFile)[];
  /** Content that is trusted and that no file holds just now. */
  absent: TrustedContent[];
}

/** A decision was not taken: nothing was stored. `changed`: no file holds that content (any more). */
export class TrustRefused extends Error {
  constructor(
    readonly code: 'changed' | 'directory',
    message: string,
  ) {
    super(message);
    this.name = 'TrustRefused';
  }
}

/**
 * What directories bring (commands to run, servers to ask, code to load) and whether their owner trusts it. Trust is
 * for one kind, one directory and one content: other bytes have to be trusted anew.
 */
export interface Trust {
  /**
   * Reads what a directory brings of one kind, in the order of its subject's files; missing files are missing. Cheap
   * where there is none. What waits is told to front ends and to the log.
   */
  brought(kind: string, directory: string): Promise<readonly BroughtFile[]>;
  /** Everything a directory brings, for its owner. Throws `TrustRefused`. */
  view(directory: string): Promise<TrustView>;
  /** Trusts contents that are there now, by their hashes: all of them, or none. Throws `TrustRefused`, or a `StorageError`. */
  trust(directory: string, hashes: readonly string[]): Promise<TrustView>;
  /** Real paths of the directories of which some content of a kind is trusted. Rejects with a `StorageError`. */
  directories(kind: string): Promise<readonly string[]>;
  /** Takes trust back, from these contents or from all. Throws `TrustRefused`, or a `StorageError`. */
  revoke(directory: string, hashes?: readonly string[]): Promise<TrustView>;
  /** Calls back with a real path after a decision, and when something new waits there; answers how to end that. */
  onChange(changed: (directory: string) => void): () => void;
}
export const Trust: Service<Trust> = service<Trust>('dispatch.trust');

export { directoryOf } from './directory-of.js';

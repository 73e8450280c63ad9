import { type Service, type Slot, service, slot, type ToolContext } from 'dispatch/kernel';
import type { Opened } from './opened.js';

/** How every tool opens and changes files: inside the working directory, or not at all. */

export type { Places } from './bounds.js';
export { openInside } from './open-inside.js';
export { type Opened, throughHandle } from './opened.js';
export { PathRefused, type RefusalCode } from './path-refused.js';
export { protectionOf } from './protected-paths.js';

/** A file that is about to be changed, as it was found. Nobody else in this server changes it meanwhile. */
export interface FoundFile {
  /** Path below the working directory, with `/`. */
  shown: string;
  /** Bytes. */
  size: number;
  /** The whole content; nothing where there is no file yet. Rejects with a `PathRefused` when it is more than 10 MiB. */
  read(): Promise<Buffer>;
}

/** What `WorkingFiles.change` expects to find: a file, or nothing at all. */
export type Expected = 'file' | 'nothing';

export interface ChangedFile {
  /** Absolute, without symbolic links. */
  path: string;
  /** Path below the working directory, with `/`. */
  shown: string;
  /** Size in bytes. */
  bytes: number;
  /** What those who look at changed files have to say, each with a line end before it; empty when nothing. */
  notes: string;
}

/** The files of working directories. Every method rejects with a `PathRefused` for what is not allowed or cannot be done. */
export interface WorkingFiles {
  /**
   * Opens a file or folder for reading, in the working directory or a readable root, and checks what was really
   * opened. Whoever gets it closes the handle.
   */
  open(asked: string, context: Pick<ToolContext, 'cwd' | 'readableRoots'>): Promise<Opened>;
  /**
   * Notes that a conversation has been shown a file, so that it may not change it unseen once somebody else has.
   * `content` is the whole file, where it was at hand.
   */
  shown(conversationId: string, file: Opened, content?: Buffer): void;
  /**
   * Changes or makes a file: `decide` gets it as it is (empty: there is none yet) and answers its new content, or
   * throws. The change is atomic; a file that was changed since this conversation last saw it is a `conflict`.
   */
  change(
    asked: string,
    expected: Expected,
    context: Pick<ToolContext, 'cwd' | 'conversationId' | 'signal'>,
    decide: (found: FoundFile) => Promise<string> | string,
  ): Promise<ChangedFile>;
}
export const WorkingFiles: Service<WorkingFiles> = service<WorkingFiles>('dispatch.working-files');

/** A file that a tool has just changed. */
export interface FileEdit {
  conversationId: string;
  /** Absolute path of the turn's working directory. */
  cwd: string;
  /** Absolute path of the file, without symbolic links. */
  path: string;
  /** Its whole text, as it is now. */
  content: string;
  /** Aborted when the turn is stopped, or when nobody waits for the answer any more (after 10 seconds). */
  signal: AbortSignal;
}

/** Someone who looks at files after tools have changed them, such as a language server. */
export interface AfterEdit {
  /** Text for the model about the file, such as fresh errors; undefined when there is nothing to say. */
  afterEdit(edit: FileEdit): Promise<string | undefined> | string | undefined;
}
export const AfterEdits: Slot<AfterEdit> = slot<AfterEdit>('dispatch.after-edit[]');

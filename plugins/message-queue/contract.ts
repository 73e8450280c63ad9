import { type Service, service } from 'dispatch/kernel';
import type { QueuedMessage } from 'dispatch/wire';
import type { EntityManager } from 'typeorm';

/** Why a message was not queued: nothing was stored. */
export class QueueRefused extends Error {
  constructor(
    readonly code: 'blank' | 'too-long' | 'full',
    message: string,
  ) {
    super(message);
    this.name = 'QueueRefused';
  }
}

/** What adding a message came to. */
export interface Added {
  /** Whether it, and all that waited before it, became a turn; else it is in the queue, durably. */
  startedTurn: boolean;
  queue: QueuedMessage[];
}

/** What is already decided about a message, by whoever must be able to tell later what became of it. */
export interface QueueClaim {
  /** Id of the turn, if it becomes one. */
  readonly turnId: string;
  /** Called inside the write that queues the message, if it is queued. */
  queued(manager: EntityManager): Promise<void>;
}

/**
 * Messages that wait for a conversation, oldest first. Each of them reaches the model once, unless it is cancelled, or
 * dropped because the conversation was closed. Everything here survives a restart.
 */
export interface MessageQueue {
  /** Empty for an id the server has never seen. */
  list(conversationId: string): Promise<QueuedMessage[]>;
  /**
   * Queues a text while a turn runs; otherwise starts a turn of what waits and this text, joined by blank lines. Throws
   * `QueueRefused`, `TurnRefused` (`stopping`) or a `StorageError`; the text is then not queued. A new conversation
   * joins the workspace that is named.
   */
  add(conversationId: string, text: string, workspaceId?: string, claim?: QueueClaim): Promise<Added>;
  /** `cancelled` is false when the message is gone, or is being handed to the model just now. */
  cancel(conversationId: string, messageId: string): Promise<{ cancelled: boolean; queue: QueuedMessage[] }>;
  /** Gives a waiting message another text; it keeps its place. Undefined when it is gone. Throws `QueueRefused`. */
  edit(conversationId: string, messageId: string, text: string): Promise<QueuedMessage[] | undefined>;
  /** Calls back after each change of a conversation's queue; answers how to end that. */
  onChange(changed: (conversationId: string) => void): () => void;
}
export const MessageQueue: Service<MessageQueue> = service<MessageQueue>('dispatch.message-queue');

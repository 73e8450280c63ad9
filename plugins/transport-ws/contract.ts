import type { IncomingMessage } from 'node:http';
import { type Slot, slot } from 'dispatch/kernel';
import type { ServerMessage } from 'dispatch/wire';
import type { ZodType, z } from 'zod';

/** The bytes of one text message, made once for all who get it: `Buffer.from(JSON.stringify(message))`. */
export type Prepared = Buffer;

/** A message of a plugin's own to clients that know it: its type has a colon, as those of `ServerMessage` never will. */
export type PluginMessage = { readonly type: `${string}:${string}`; readonly [member: string]: unknown };

/** One open socket, as those who answer it see it. */
export interface SocketClient {
  readonly id: string;
  /** Sends one message; does nothing when the socket is closing. */
  send(message: ServerMessage | PluginMessage): void;
  /**
   * Sends prepared messages, in order and in one write. False: the client reads slower than it is sent to, send no
   * more before `drained` is called. It is called once, and never after the socket has closed.
   */
  sendPrepared(messages: readonly Prepared[], drained: () => void): boolean;
  /** Closes with a WebSocket code and a reason of at most 123 bytes. */
  close(code: number, reason: string): void;
  /** Called once, as soon as nothing can be sent any more; at once when that is so already. */
  onClose(listener: () => void): void;
}

/** One type of message that clients may send, and who answers it. */
export interface SocketMessage<M = unknown> {
  /** The message's `type`. Of two handlers of one type the first stays. */
  readonly type: string;
  /** The message's other members. What fails is answered with `chat.error` for `chat.*`, with `error` for the rest. */
  readonly schema: ZodType<M>;
  /** Throw `MessageRefused` for what the client should be told. */
  handle(message: M, client: SocketClient): void | Promise<void>;
}

/** Keeps a message's schema and its handler's type together; the list wants the erased form. */
export function socketMessage<S extends ZodType>(spelt: {
  type: string;
  schema: S;
  handle(message: z.infer<S>, client: SocketClient): void | Promise<void>;
}): SocketMessage {
  return spelt as unknown as SocketMessage;
}

/** A plugin that answers socket messages. */
export interface SocketHandler {
  readonly messages: readonly SocketMessage[];
  /** A socket has opened. The request is the one it was opened with, already let in. */
  connected?(client: SocketClient, request: IncomingMessage): void;
}
export const SocketHandlers: Slot<SocketHandler> = slot<SocketHandler>('dispatch.socket-handler[]');

/** A message is not acted upon. Say what is wrong and what would be right: the client is told these words. */
export class MessageRefused extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MessageRefused';
  }
}

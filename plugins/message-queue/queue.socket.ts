import { inject, plugin } from 'dispatch/kernel';
import * as z from 'zod';
import { TurnRefused } from '../session-orchestrator/contract.js';
import { MessageRefused, type SocketHandler, SocketHandlers, type SocketMessage, socketMessage } from '../transport-ws/contract.js';
import { MessageQueue, QueueRefused } from './contract.js';
import { addBody, conversationId, messageId } from './queue-schemas.js';

/** The queue over a socket. Success shows on the queue's surface; a message that is gone already is no failure. */
@plugin({ id: 'message-queue-socket', version: '0.1.0', provides: SocketHandlers })
export class QueueSocket implements SocketHandler {
  readonly messages: readonly SocketMessage[];

  constructor(@inject(MessageQueue) queue: MessageQueue) {
    this.messages = [
      socketMessage({
        type: 'chat.queue',
        schema: addBody.extend({ conversationId }),
        handle: async ({ conversationId, text, workspaceId }) => {
          await queue.add(conversationId, text, workspaceId).catch(refuse);
        },
      }),
      socketMessage({
        type: 'chat.queue.cancel',
        schema: z.object({ conversationId, messageId }),
        handle: async ({ conversationId, messageId }) => {
          await queue.cancel(conversationId, messageId);
        },
      }),
    ];
  }
}

function refuse(thrown: unknown): never {
  if (thrown instanceof QueueRefused || thrown instanceof TurnRefused) throw new MessageRefused(thrown.message, { cause: thrown });
  throw thrown;
}

import { inject, plugin } from 'dispatch/kernel';
import type { MembersOf } from 'dispatch/wire';
import * as z from 'zod';
import { SocketTurns, TurnRefused } from '../session-orchestrator/contract.js';
import { wire } from '../transport-http/contract.js';
import { MessageRefused, type SocketHandler, SocketHandlers, type SocketMessage, socketMessage } from '../transport-ws/contract.js';
import { MessageQueue, QueueRefused } from './contract.js';
import { addBody, conversationId, messageId } from './queue-schemas.js';

const queueMessage = wire<MembersOf<'chat.queue'>>('ChatQueue')(addBody.extend({ conversationId }));
const cancelMessage = wire<MembersOf<'chat.queue.cancel'>>('ChatQueueCancel')(z.object({ conversationId, messageId }));

/** The queue over a socket. Success shows on the queue's surface; a message that is gone already is no failure. */
@plugin({ id: 'message-queue-socket', version: '0.1.0', provides: SocketHandlers })
export class QueueSocket implements SocketHandler {
  readonly messages: readonly SocketMessage[];

  constructor(@inject(MessageQueue) queue: MessageQueue, @inject(SocketTurns) turns: SocketTurns) {
    this.messages = [
      socketMessage({
        type: 'chat.queue',
        schema: queueMessage,
        handle: ({ conversationId, text, workspaceId }, client) =>
          turns.begin(client, conversationId, async () => {
            const { startedTurn } = await queue.add(conversationId, text, workspaceId).catch(refuse);
            return startedTurn;
          }),
      }),
      socketMessage({
        type: 'chat.queue.cancel',
        schema: cancelMessage,
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

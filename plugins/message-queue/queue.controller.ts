import { inject, plugin } from 'dispatch/kernel';
import type { CancelAnswer, QueueAnswer } from 'dispatch/wire';
import * as z from 'zod';
import { TurnRefused } from '../session-orchestrator/contract.js';
import { HttpError, type Route, type RouteGroup, Routes, route } from '../transport-http/contract.js';
import { MessageQueue, QueueRefused } from './contract.js';
import * as schema from './queue-schemas.js';

const params = z.object({ id: schema.conversationId });
const messageParams = params.extend({ messageId: schema.messageId });

const conversationId = z.string();
const queue = z.array(z.object({ id: z.string(), text: z.string(), queuedAt: z.number().int() }));
const path = '/conversations/:id/queue';
const messagePath = `${path}/:messageId` as const;

@plugin({ id: 'message-queue-routes', version: '0.1.0', provides: Routes })
export class QueueController implements RouteGroup {
  readonly routes: readonly Route[];

  constructor(@inject(MessageQueue) private readonly messages: MessageQueue) {
    this.routes = [
      route({
        method: 'GET',
        path,
        summary: 'The messages that wait',
        params,
        answer: z.object({ conversationId, queue }),
        handle: async ({ params }) => ({ conversationId: params.id, queue: await messages.list(params.id) }),
      }),
      route({
        method: 'POST',
        path,
        summary: 'Tell the model something while it works; when it does not, a turn starts',
        params,
        body: schema.addBody,
        answer: z.object({ conversationId, startedTurn: z.boolean(), queue }),
        handle: ({ params, body }) => this.add(params.id, body.text, body.workspaceId),
      }),
      route({
        method: 'PUT',
        path: messagePath,
        summary: 'Change a message that waits',
        params: messageParams,
        body: schema.textBody,
        answer: z.object({ conversationId, queue }),
        handle: ({ params, body }) => this.edit(params.id, params.messageId, body.text),
      }),
      route({
        method: 'DELETE',
        path: messagePath,
        summary: 'Cancel a message that waits',
        params: messageParams,
        answer: z.object({ conversationId, cancelled: z.boolean(), queue }),
        handle: async ({ params }): Promise<CancelAnswer> => ({
          conversationId: params.id,
          ...(await messages.cancel(params.id, params.messageId)),
        }),
      }),
    ];
  }

  private async add(conversationId: string, text: string, workspaceId?: string): Promise<QueueAnswer> {
    return { conversationId, ...(await this.messages.add(conversationId, text, workspaceId).catch(refuse)) };
  }

  private async edit(conversationId: string, messageId: string, text: string): Promise<Omit<CancelAnswer, 'cancelled'>> {
    const queue = await this.messages.edit(conversationId, messageId, text).catch(refuse);
    if (queue) return { conversationId, queue };
    throw new HttpError(404, `no message "${messageId}" waits here any more: it was handed to the model or cancelled; queue another`);
  }
}

const statuses = { blank: 400, 'too-long': 400, full: 429, busy: 409, stopping: 503 } as const;

function refuse(thrown: unknown): never {
  if (thrown instanceof QueueRefused || thrown instanceof TurnRefused)
    throw new HttpError(statuses[thrown.code], thrown.message, { code: thrown.code });
  throw thrown;
}

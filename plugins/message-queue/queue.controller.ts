import { inject, plugin } from 'dispatch/kernel';
import type { CancelAnswer, QueueAnswer, QueuedMessage, QueueListAnswer } from 'dispatch/wire';
import * as z from 'zod';
import { keeperIn, type RequestKeeper, RequestKeepers } from '../idempotency/contract.js';
import { TurnRefused } from '../session-orchestrator/contract.js';
import { HttpError, type Route, type RouteGroup, Routes, route, wire } from '../transport-http/contract.js';
import { MessageQueue, type QueueClaim, QueueRefused } from './contract.js';
import * as schema from './queue-schemas.js';

const params = z.object({ id: schema.conversationId });
const messageParams = params.extend({ messageId: schema.messageId });

const conversationId = z.string();
const queue = z.array(wire<QueuedMessage>('QueuedMessage')(z.object({ id: z.string(), text: z.string(), queuedAt: z.number().int() })));
const listAnswer = wire<QueueListAnswer>('QueueListAnswer')(z.object({ conversationId, queue }));
const addAnswer = wire<QueueAnswer>('QueueAnswer')(z.object({ conversationId, startedTurn: z.boolean(), queue }));
const cancelAnswer = wire<CancelAnswer>('CancelAnswer')(z.object({ conversationId, cancelled: z.boolean(), queue }));
const path = '/conversations/:id/queue';
const messagePath = `${path}/:messageId` as const;

@plugin({ id: 'message-queue-routes', version: '0.1.0', provides: Routes })
export class QueueController implements RouteGroup {
  readonly routes: readonly Route[];

  constructor(
    @inject(MessageQueue) private readonly messages: MessageQueue,
    @inject(RequestKeepers) private readonly keepers: readonly RequestKeeper[],
  ) {
    this.routes = [
      route({
        method: 'GET',
        path,
        summary: 'The messages that wait',
        params,
        answer: listAnswer,
        handle: async ({ params }) => ({ conversationId: params.id, queue: await messages.list(params.id) }),
      }),
      route({
        method: 'POST',
        path,
        summary: 'Tell the model something while it works; when it does not, a turn starts',
        params,
        body: schema.addBody,
        answer: addAnswer,
        headers: { 'Idempotency-Key': 'Names the request: sent again with the same name it is not done again' },
        errors: [409, 422, 429, 503, 507],
        handle: ({ params, body, headers }) => this.add(params.id, body, headers['idempotency-key']),
      }),
      route({
        method: 'PUT',
        path: messagePath,
        summary: 'Change a message that waits',
        params: messageParams,
        body: schema.textBody,
        answer: listAnswer,
        errors: [404],
        handle: ({ params, body }) => this.edit(params.id, params.messageId, body.text),
      }),
      route({
        method: 'DELETE',
        path: messagePath,
        summary: 'Cancel a message that waits',
        params: messageParams,
        answer: cancelAnswer,
        handle: async ({ params }): Promise<CancelAnswer> => ({
          conversationId: params.id,
          ...(await messages.cancel(params.id, params.messageId)),
        }),
      }),
    ];
  }

  private async add(conversationId: string, body: z.infer<typeof schema.addBody>, key?: string | string[]): Promise<QueueAnswer> {
    const add = (claim?: QueueClaim) => this.messages.add(conversationId, body.text, body.workspaceId, claim).catch(refuse);
    if (key === undefined) return { conversationId, ...(await add()) };
    const request = { key, asks: [path, conversationId, body], conversationId };
    const { startedTurn } = await keeperIn(this.keepers).once(request, add);
    return { conversationId, startedTurn, queue: await this.messages.list(conversationId) };
  }

  private async edit(conversationId: string, messageId: string, text: string): Promise<QueueListAnswer> {
    const queue = await this.messages.edit(conversationId, messageId, text).catch(refuse);
    if (queue) return { conversationId, queue };
    throw new HttpError(404, `no message "${messageId}" waits here any more: it was handed to the model or cancelled; queue another`);
  }
}

const statuses = { blank: 400, bad_image: 400, 'too-long': 400, full: 429, busy: 409, stopping: 503 } as const;

function refuse(thrown: unknown): never {
  if (thrown instanceof QueueRefused || thrown instanceof TurnRefused)
    throw new HttpError(statuses[thrown.code], thrown.message, { code: thrown.code });
  throw thrown;
}

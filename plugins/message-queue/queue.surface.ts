import { inject, plugin } from 'dispatch/kernel';
import type { CatalogEntry, Surface } from 'dispatch/wire';
import * as z from 'zod';
import { TurnRefused } from '../session-orchestrator/contract.js';
import {
  ActionRefused,
  type SurfaceAction,
  type SurfaceProvider,
  Surfaces,
  SurfaceUpdates,
  surfaceAction,
} from '../surface-registry/contract.js';
import { MessageQueue, QueueRefused } from './contract.js';
import { messageId, textBody } from './queue-schemas.js';

/** What waits in a conversation, as a front end shows it; and what its user may do about it. */
@plugin({ id: 'message-queue-surface', version: '0.1.0', provides: Surfaces })
export class QueueSurface implements SurfaceProvider {
  readonly entry: CatalogEntry = { id: 'message-queue', region: 'side', title: 'Queued messages', scope: 'conversation' };
  readonly actions: Readonly<Record<string, SurfaceAction>>;
  private unwatch: (() => void) | undefined;

  constructor(
    @inject(MessageQueue) private readonly queue: MessageQueue,
    @inject(SurfaceUpdates) private readonly updates: SurfaceUpdates,
  ) {
    this.actions = {
      'message-queue/add': surfaceAction({
        schema: textBody,
        run: ({ text }, conversation) => queue.add(named(conversation), text).catch(refuse),
      }),
      'message-queue/cancel': surfaceAction({
        schema: z.object({ messageId }),
        run: ({ messageId }, conversation) => queue.cancel(named(conversation), messageId),
      }),
      'message-queue/edit': surfaceAction({
        schema: textBody.extend({ messageId }),
        run: ({ messageId, text }, conversation) => this.edit(named(conversation), messageId, text),
      }),
    };
  }

  start(): void {
    this.unwatch = this.queue.onChange((conversationId) => this.updates.changed(this.entry.id, conversationId));
  }

  stop(): void {
    this.unwatch?.();
  }

  async render(conversationId?: string): Promise<Surface> {
    const { id, region, title } = this.entry;
    const messages = conversationId === undefined ? [] : await this.queue.list(conversationId);
    return { id, region, title, fields: [{ kind: 'custom', rendererId: id, payload: { messages } }] };
  }

  private async edit(conversationId: string, messageId: string, text: string): Promise<void> {
    if (await this.queue.edit(conversationId, messageId, text).catch(refuse)) return;
    throw new ActionRefused(`no message "${messageId}" waits here any more: it was handed to the model or cancelled; queue another`);
  }
}

function named(conversationId: string | undefined): string {
  if (conversationId !== undefined && conversationId !== '') return conversationId;
  throw new ActionRefused('each conversation has a queue of its own: say which with "conversationId"');
}

function refuse(thrown: unknown): never {
  if (thrown instanceof QueueRefused || thrown instanceof TurnRefused) throw new ActionRefused(thrown.message, { cause: thrown });
  throw thrown;
}

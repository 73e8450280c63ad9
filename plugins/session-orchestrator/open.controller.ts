import { inject, plugin } from 'dispatch/kernel';
import type { OpenAnswer } from 'dispatch/wire';
import * as z from 'zod';
import { Conversations, conversationIdPattern } from '../conversation-store/contract.js';
import { type Route, type RouteGroup, Routes, route, wire } from '../transport-http/contract.js';
import { TurnNews } from './turn-news.js';

const id = z.string().regex(conversationIdPattern, 'a conversation id has 1 to 200 characters, none of them a control character');

@plugin({ id: 'session-orchestrator-open', version: '0.1.0', provides: Routes })
export class OpenController implements RouteGroup {
  readonly routes: readonly Route[];

  constructor(
    @inject(Conversations) private readonly conversations: Conversations,
    @inject(TurnNews) private readonly news: TurnNews,
  ) {
    this.routes = [
      route({
        method: 'POST',
        path: '/conversations/:id/open',
        summary: 'Ask every front end to show the conversation',
        params: z.object({ id }),
        bodyOptional: true,
        answer: wire<OpenAnswer>('OpenAnswer')(z.object({ conversationId: z.string() })),
        handle: ({ params }) => this.open(params.id),
      }),
    ];
  }

  private async open(conversationId: string): Promise<OpenAnswer> {
    const { workspaceId } = await this.conversations.state(conversationId);
    this.news.tell({ type: 'conversation.open', conversationId, workspaceId });
    return { conversationId };
  }
}

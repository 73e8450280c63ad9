import { inject, plugin } from 'dispatch/kernel';
import type { AbortAnswer, LastAnswer, StatusAnswer } from 'dispatch/wire';
import * as z from 'zod';
import { Conversations } from '../conversation-store/contract.js';
import { HttpError, Lines, type Route, type RouteGroup, Routes, route } from '../transport-http/contract.js';
import { chatRequest, conversationId } from './chat-request.js';
import { TurnRefused, Turns } from './contract.js';
import { NdjsonWatcher } from './ndjson-watcher.js';

const params = z.object({ id: conversationId });

const lastQuery = z.object({ timeoutMs: z.coerce.number().int().min(0).max(60_000).default(60_000) });
const abortAnswer = z.object({ conversationId: z.string(), abortedTurn: z.boolean() });
const statusWord = z.enum(['active', 'queued', 'idle', 'closed']);

@plugin({ id: 'session-orchestrator-routes', version: '0.1.0', provides: Routes })
export class ChatController implements RouteGroup {
  readonly routes: readonly Route[];

  constructor(
    @inject(Turns) private readonly turns: Turns,
    @inject(Conversations) private readonly conversations: Conversations,
  ) {
    this.routes = [
      route({
        method: 'POST',
        path: '/chat',
        summary: 'Run a turn; the answer is its events, one JSON object a line',
        body: chatRequest,
        handle: ({ body }) => this.chat(body),
      }),
      route({
        method: 'POST',
        path: '/conversations/:id/stop',
        summary: 'Abort the running turn and wait until it is sealed',
        params,
        bodyOptional: true,
        answer: abortAnswer,
        handle: async ({ params: { id } }): Promise<AbortAnswer> => ({ conversationId: id, abortedTurn: await this.turns.abort(id) }),
      }),
      route({
        method: 'POST',
        path: '/conversations/:id/close',
        summary: 'Abort the running turn and close the conversation',
        params,
        bodyOptional: true,
        answer: abortAnswer,
        handle: async ({ params: { id } }): Promise<AbortAnswer> => ({ conversationId: id, abortedTurn: await this.turns.close(id) }),
      }),
      route({
        method: 'GET',
        path: '/conversations/:id/status',
        summary: 'Whether a turn runs',
        params,
        answer: z.object({ conversationId: z.string(), isActive: z.boolean(), status: statusWord }),
        handle: ({ params: { id } }) => this.status(id),
      }),
      route({
        method: 'GET',
        path: '/conversations/:id/last',
        summary: 'The last answer, once the running turn has settled',
        params,
        query: lastQuery,
        answer: z.object({ conversationId: z.string(), content: z.string(), turnId: z.string().optional(), settled: z.boolean() }),
        handle: ({ params: { id }, query }) => this.last(id, query.timeoutMs),
      }),
    ];
  }

  private async chat(body: z.infer<typeof chatRequest>): Promise<Lines> {
    const watcher = new NdjsonWatcher();
    try {
      const started = await this.turns.begin(body, watcher);
      watcher.watch = started.watch;
      return new Lines({ 'X-Conversation-Id': encodeURI(started.conversationId) }, (sink) => watcher.attach(sink));
    } catch (thrown) {
      if (thrown instanceof TurnRefused) throw new HttpError(refusals[thrown.code], thrown.message, { code: thrown.code });
      throw thrown;
    }
  }

  private async status(id: string): Promise<StatusAnswer> {
    const found = await this.conversations.find(id);
    if (!found) throw new HttpError(404, `there is no conversation "${id}"; a conversation exists from its first message on`);
    const isActive = this.turns.running(id) !== undefined;
    return { conversationId: id, isActive, status: isActive ? 'active' : found.status };
  }

  private async last(id: string, timeoutMs: number): Promise<LastAnswer> {
    const running = this.turns.running(id);
    const settled = await this.turns.settled(id, timeoutMs);
    const turnId = running ?? (await this.conversations.metrics(id)).at(-1)?.turnId;
    return { conversationId: id, content: await this.conversations.lastText(id), turnId, settled };
  }
}

const refusals = { busy: 409, blank: 400, stopping: 503 } as const;

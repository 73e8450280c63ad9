import { inject, plugin } from 'dispatch/kernel';
import type { AbortAnswer, LastAnswer, LastQuery, StatusAnswer } from 'dispatch/wire';
import * as z from 'zod';
import { Conversations } from '../conversation-store/contract.js';
import { keeperIn, type RequestKeeper, RequestKeepers } from '../idempotency/contract.js';
import { HttpError, Lines, type Route, type RouteGroup, Routes, route, wire } from '../transport-http/contract.js';
import { chatEvent } from './chat-event.js';
import { chatRequest, conversationId } from './chat-request.js';
import { type StartedTurn, TurnRefused, Turns } from './contract.js';
import { NdjsonWatcher } from './ndjson-watcher.js';
import { tellLines } from './tell-lines.js';

const params = z.object({ id: conversationId });

/** A client may wait longer than by default, not for ever. */
const mostPatienceMs = 3_600_000;
const lastQuery = wire<LastQuery>('LastQuery')(z.object({ timeoutMs: z.coerce.number().int().min(0).max(mostPatienceMs).default(60_000) }));
const abortAnswer = wire<AbortAnswer>('AbortAnswer')(z.object({ conversationId: z.string(), abortedTurn: z.boolean() }));
const statusAnswer = wire<StatusAnswer>('StatusAnswer')(
  z.object({ conversationId: z.string(), isActive: z.boolean(), status: z.enum(['active', 'queued', 'idle', 'closed']) }),
);
const lastAnswer = wire<LastAnswer>('LastAnswer')(
  z.object({ conversationId: z.string(), content: z.string(), turnId: z.string().optional(), settled: z.boolean() }),
);

@plugin({ id: 'session-orchestrator-routes', version: '0.1.0', provides: Routes })
export class ChatController implements RouteGroup {
  readonly routes: readonly Route[];

  constructor(
    @inject(Turns) private readonly turns: Turns,
    @inject(Conversations) private readonly conversations: Conversations,
    @inject(RequestKeepers) private readonly keepers: readonly RequestKeeper[],
  ) {
    this.routes = [
      route({
        method: 'POST',
        path: '/chat',
        summary: 'Run a turn; the answer is its events, one JSON object a line',
        body: chatRequest,
        media: 'application/x-ndjson',
        answer: chatEvent,
        headers: { 'Idempotency-Key': 'Names the request: sent again with the same name it is not done again' },
        errors: [409, 410, 422, 503, 507],
        handle: ({ body, headers }) => {
          const key = headers['idempotency-key'];
          return key === undefined ? this.chat(body) : this.chatOnce(key, body);
        },
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
        answer: statusAnswer,
        errors: [404],
        handle: ({ params: { id } }) => this.status(id),
      }),
      route({
        method: 'GET',
        path: '/conversations/:id/last',
        summary: 'The last answer, once the running turn has settled',
        params,
        query: lastQuery,
        answer: lastAnswer,
        handle: ({ params: { id }, query }) => this.last(id, query.timeoutMs),
      }),
    ];
  }

  private async chat(body: z.infer<typeof chatRequest>): Promise<Lines> {
    const watcher = new NdjsonWatcher();
    const started = await this.begin(body, watcher);
    return new Lines(headersOf(started), (sink) => watcher.attach(sink));
  }

  /** The first request with a key starts its turn; every other one watches that turn, or is told it from the log. */
  private async chatOnce(key: string | string[], body: z.infer<typeof chatRequest>): Promise<Lines> {
    const watcher = new NdjsonWatcher();
    const keeper = keeperIn(this.keepers);
    const carried = await keeper.once({ key, asks: ['/chat', body], conversationId: body.conversationId }, async (claim) => {
      await this.begin({ ...body, conversationId: claim.conversationId }, watcher, claim.turnId);
      return { startedTurn: true };
    });
    if (carried.again) watcher.watch = this.turns.watchTurn(carried, watcher);
    if (watcher.watch) return new Lines(headersOf(carried), (sink) => watcher.attach(sink));
    const events = await keeper.events(key);
    if (!events) throw new HttpError(410, 'the turn that this Idempotency-Key has started is not in the log any more');
    return new Lines(headersOf(carried), (sink) => tellLines(events, sink));
  }

  private async begin(body: z.infer<typeof chatRequest>, watcher: NdjsonWatcher, turnId?: string): Promise<StartedTurn> {
    try {
      const started = await this.turns.begin(body, watcher, turnId);
      watcher.watch = started.watch;
      return started;
    } catch (thrown) {
      if (thrown instanceof TurnRefused) throw new HttpError(refusals[thrown.code], thrown.message, { code: thrown.code });
      throw thrown;
    }
  }

  private async status(id: string): Promise<StatusAnswer> {
    const found = await this.conversations.find(id);
    if (!found) throw new HttpError(404, `there is no conversation "${id}"; a conversation exists from its first message on`);
    const isActive = this.turns.running(id) !== undefined;
    return { conversationId: id, isActive, status: isActive && found.status !== 'queued' ? 'active' : found.status };
  }

  private async last(id: string, timeoutMs: number): Promise<LastAnswer> {
    const running = this.turns.running(id);
    const settled = await this.turns.settled(id, timeoutMs);
    const turnId = running ?? (await this.conversations.metrics(id)).at(-1)?.turnId;
    return { conversationId: id, content: await this.conversations.lastText(id), turnId, settled };
  }
}

/** The id as it is wherever a header can carry it, which takes printable ASCII without spaces around it. */
const headersOf = ({ conversationId: id }: StartedTurn) => ({
  'X-Conversation-Id': /^[!-~](?:[ -~]*[!-~])?$/.test(id) ? id : encodeURI(id),
});

const refusals = { busy: 409, blank: 400, bad_image: 400, stopping: 503 } as const;

import type { ChatEvent, DoneReason } from 'dispatch/wire';
import * as z from 'zod';
import { wire } from '../transport-http/contract.js';

const conversationId = z.string();
const turnId = z.string();
const count = z.number().int().min(0);
const ms = z.number().min(0);
const usage = z.object({
  ...{ inputTokens: count, outputTokens: count },
  ...{ cacheReadTokens: count.optional(), cacheWriteTokens: count.optional() },
});
/** One of the named reasons, or the provider's own word. */
const reason = z.string().meta({ examples: ['stop', 'aborted', 'error', 'max-steps', 'length'] }) as z.ZodType<DoneReason, string>;

const of = <T extends string, M extends z.core.$ZodLooseShape>(type: T, members: M) =>
  z.object({ type: z.literal(type), conversationId, turnId, ...members });
const call = { stepId: z.string(), toolCallId: z.string(), toolName: z.string() };
const problem = { message: z.string(), code: z.string().optional() };

/** One line of `POST /chat`, and the event in a `chat.delta` message. */
export const chatEvent = wire<ChatEvent>('ChatEvent')(
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('status'), conversationId, status: z.enum(['active', 'queued', 'idle', 'closed']) }),
    of('user-message', { text: z.string() }),
    of('turn-start', {}),
    of('text-delta', { delta: z.string() }),
    of('reasoning-delta', { delta: z.string() }),
    of('tool-call', { ...call, input: z.unknown() }),
    of('tool-output', { toolCallId: z.string(), data: z.string(), stream: z.enum(['stdout', 'stderr']) }),
    of('tool-result', { ...call, content: z.string(), isError: z.boolean(), durationMs: ms.optional() }),
    of('usage', { stepId: z.string().optional(), usage }),
    of('step-complete', { stepId: z.string(), ttftMs: ms.optional(), decodeMs: ms.optional(), genTotalMs: ms.optional() }),
    of('steering', { text: z.string() }),
    of('provider-retry', { attempt: count, delayMs: ms, ...problem, discard: z.boolean().optional() }),
    of('error', problem),
    of('done', { reason, durationMs: ms.optional(), usage: usage.optional(), contextSize: count.optional() }),
    of('turn-sealed', {}),
  ]),
);

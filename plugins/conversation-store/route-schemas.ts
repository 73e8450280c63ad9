import type * as W from 'dispatch/wire';
import * as z from 'zod';
import { wire } from '../transport-http/contract.js';
import { conversationIdPattern } from './contract.js';
import { cursorPattern } from './listing.js';

const conversationId = z
  .string()
  .regex(conversationIdPattern, 'a conversation id has 1 to 200 characters, none of them a control character');
const workspaceId = z
  .string()
  .regex(/^[a-z0-9-]{1,40}$/, 'a workspace id has 1 to 40 of a-z, 0-9 and "-"')
  .meta({ examples: ['default'] });

/** A filter that a client leaves empty is none. */
const filteredWorkspace = z.string().regex(/^[a-z0-9-]{0,40}$/, 'a workspace id has 1 to 40 of a-z, 0-9 and "-"');

/** Digits and nothing else: `1e9`, `-1` and `NaN` are no sequence numbers. */
const whole = (least: number) =>
  z
    .string()
    .regex(/^\d{1,16}$/, `a whole number of at least ${least}`)
    .transform(Number)
    .pipe(z.number().int().min(least).max(Number.MAX_SAFE_INTEGER));

export const params = z.object({ id: conversationId });

export const listQuery = wire<W.ConversationsQuery>('ConversationsQuery')(
  z.object({
    q: z.string().max(200).optional(),
    status: z.string().optional(),
    workspaceId: filteredWorkspace.optional(),
    limit: whole(1).optional(),
    cursor: z.string().regex(cursorPattern, 'take the cursor of the answer before, as it was').optional(),
  }),
);
export const windowQuery = wire<W.HistoryQuery>('HistoryQuery')(
  z.object({
    sinceSeq: whole(0).optional(),
    beforeSeq: whole(1).optional(),
    limit: whole(1).optional(),
  }),
);

const path = z
  .string()
  .max(4096)
  .refine((text) => text.trim() !== '' && !text.includes('\0'), 'a directory cannot be blank')
  .meta({ examples: ['src'] });
export const cwdBody = wire<W.CwdRequest>('CwdRequest')(z.object({ cwd: path, workspaceId: workspaceId.optional() }));
export const modelBody = wire<W.ModelRequest>('ModelRequest')(
  z.object({
    model: z
      .string()
      .max(500)
      .refine((text) => text.trim() !== '', 'a model name is <credential>/<model>; null clears it')
      .nullable()
      .meta({ examples: ['default/large', null] }),
  }),
);
const effort = z.enum(['low', 'medium', 'high', 'xhigh', 'max']);
export const effortBody = wire<W.EffortRequest>('EffortRequest')(z.object({ reasoningEffort: effort.nullable() }));
export const titleBody = wire<W.TitleRequest>('TitleRequest')(
  z.object({
    title: z
      .string()
      .max(500)
      .meta({ examples: ['My title'] })
      .transform((text) => text.replace(/\s+/g, ' ').trim())
      .refine((text) => text !== '', 'a title cannot be blank'),
  }),
);
const percent = z.number().min(0).max(100);
export const percentBody = wire<W.CompactPercentRequest>('CompactPercentRequest')(
  z
    .object({ threshold: percent.optional(), percent: percent.optional() })
    .refine((body) => body.threshold !== undefined || body.percent !== undefined, 'give { "threshold": 0 to 100 }')
    .meta({ examples: [{ threshold: 70 }] }),
);

const count = z.number().int().min(0);
const usage = wire<W.Usage>('Usage')(
  z.object({
    inputTokens: count,
    outputTokens: count,
    cacheReadTokens: count.optional(),
    cacheWriteTokens: count.optional(),
  }),
);
const meta = wire<W.ConversationMeta>('ConversationMeta')(
  z.object({
    id: z.string(),
    createdAt: count,
    lastActivityAt: count,
    title: z.string(),
    status: z.enum(['active', 'queued', 'idle', 'closed']),
    workspaceId: z.string(),
    compactedFrom: z.string().optional(),
    epoch: count.optional(),
  }),
);
const chunk = wire<W.Chunk>('Chunk')(
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('text'), text: z.string() }),
    z.object({ type: z.literal('thinking'), text: z.string() }),
    z.object({
      type: z.literal('tool-call'),
      toolCallId: z.string(),
      toolName: z.string(),
      input: z.unknown(),
      stepId: z.string().optional(),
    }),
    z.object({
      type: z.literal('tool-result'),
      toolCallId: z.string(),
      toolName: z.string(),
      content: z.string(),
      isError: z.boolean(),
      stepId: z.string().optional(),
    }),
    z.object({ type: z.literal('error'), message: z.string(), code: z.string().optional() }),
    z.object({ type: z.literal('system'), text: z.string() }),
    z.object({ type: z.literal('image'), url: z.string(), mimeType: z.string().optional() }),
  ]),
);
const storedChunk = wire<W.StoredChunk>('StoredChunk')(
  z.object({ seq: count.min(1), role: z.enum(['system', 'user', 'assistant', 'tool']), chunk }),
);

export const listAnswer = wire<W.ConversationsAnswer>('ConversationsAnswer')(
  z.object({ conversations: z.array(meta), cursor: z.string().optional() }),
);
export const historyAnswer = wire<W.HistoryAnswer>('HistoryAnswer')(
  z.object({ chunks: z.array(storedChunk), latestSeq: count, epoch: count }),
);
export const metricsAnswer = wire<W.MetricsAnswer>('MetricsAnswer')(
  z.object({
    turns: z.array(
      wire<W.TurnMetrics>('TurnMetrics')(
        z.object({
          turnId: z.string(),
          usage,
          durationMs: z.number().optional(),
          steps: z.array(
            z.object({
              stepId: z.string(),
              usage,
              ttftMs: z.number().optional(),
              decodeMs: z.number().optional(),
              genTotalMs: z.number().optional(),
            }),
          ),
          contextSize: count.optional(),
        }),
      ),
    ),
  }),
);
const of = { conversationId: z.string() };
export const cwdAnswer = wire<W.CwdAnswer>('CwdAnswer')(z.object({ ...of, cwd: z.string().nullable() }));
export const modelAnswer = wire<W.ModelAnswer>('ModelAnswer')(z.object({ ...of, model: z.string().nullable() }));
export const effortAnswer = wire<W.EffortAnswer>('EffortAnswer')(z.object({ ...of, reasoningEffort: effort.nullable() }));
export const titleAnswer = wire<W.TitleAnswer>('TitleAnswer')(z.object({ ...of, title: z.string() }));
export const percentAnswer = wire<W.CompactPercentAnswer>('CompactPercentAnswer')(z.object({ ...of, threshold: percent }));

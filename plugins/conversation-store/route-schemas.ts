import * as z from 'zod';
import { conversationIdPattern } from './contract.js';

const conversationId = z
  .string()
  .regex(conversationIdPattern, 'a conversation id has 1 to 200 characters, none of them a control character');
const workspaceId = z.string().regex(/^[a-z0-9-]{1,40}$/, 'a workspace id has 1 to 40 of a-z, 0-9 and "-"');

/** Digits and nothing else: `1e9`, `-1` and `NaN` are no sequence numbers. */
const whole = (least: number) =>
  z
    .string()
    .regex(/^\d{1,16}$/, `a whole number of at least ${least}`)
    .transform(Number)
    .pipe(z.number().int().min(least).max(Number.MAX_SAFE_INTEGER));

export const params = z.object({ id: conversationId });

export const listQuery = z.object({
  q: z.string().max(200).optional(),
  status: z.string().optional(),
  workspaceId: workspaceId.optional(),
});
export const windowQuery = z.object({
  sinceSeq: whole(0).optional(),
  beforeSeq: whole(1).optional(),
  limit: whole(1).optional(),
});

const path = z
  .string()
  .max(4096)
  .refine((text) => text.trim() !== '' && !text.includes('\0'), 'a directory cannot be blank');
export const cwdBody = z.strictObject({ cwd: path, workspaceId: workspaceId.optional() });
export const modelBody = z.strictObject({
  model: z
    .string()
    .max(500)
    .refine((text) => text.trim() !== '', 'a model name is <credential>/<model>; null clears it')
    .nullable(),
});
const effort = z.enum(['low', 'medium', 'high', 'xhigh', 'max']);
export const effortBody = z.strictObject({ reasoningEffort: effort.nullable() });
export const titleBody = z.strictObject({
  title: z
    .string()
    .max(500)
    .transform((text) => text.replace(/\s+/g, ' ').trim())
    .refine((text) => text !== '', 'a title cannot be blank'),
});
const percent = z.number().min(0).max(100);
export const percentBody = z
  .strictObject({ threshold: percent.optional(), percent: percent.optional() })
  .refine((body) => (body.threshold === undefined) !== (body.percent === undefined), 'give { "threshold": 0 to 100 }');

const count = z.number().int().min(0);
const usage = z.object({
  inputTokens: count,
  outputTokens: count,
  cacheReadTokens: count.optional(),
  cacheWriteTokens: count.optional(),
});
const meta = z.object({
  id: z.string(),
  createdAt: count,
  lastActivityAt: count,
  title: z.string(),
  status: z.enum(['active', 'queued', 'idle', 'closed']),
  workspaceId: z.string(),
  compactedFrom: z.string().optional(),
  epoch: count.optional(),
});
const chunk = z.discriminatedUnion('type', [
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
]);

export const listAnswer = z.object({ conversations: z.array(meta) });
export const historyAnswer = z.object({
  chunks: z.array(z.object({ seq: count, role: z.enum(['system', 'user', 'assistant', 'tool']), chunk })),
  latestSeq: count,
  epoch: count,
});
export const metricsAnswer = z.object({
  turns: z.array(
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
});
export const cwdAnswer = z.object({ conversationId: z.string(), cwd: z.string().nullable() });
export const modelAnswer = z.object({ conversationId: z.string(), model: z.string().nullable() });
export const effortAnswer = z.object({ conversationId: z.string(), reasoningEffort: effort.nullable() });
export const titleAnswer = z.object({ conversationId: z.string(), title: z.string() });
export const percentAnswer = z.object({ conversationId: z.string(), threshold: z.number() });

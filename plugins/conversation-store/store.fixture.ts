/** What the tests of the conversations share: a real database in a folder of its own. */
import { mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock, Config } from 'dispatch/kernel';
import { quietLogger } from 'dispatch/testing';
import type { Chunk, TurnEvent } from 'dispatch/wire';
import fc from 'fast-check';
import { systemClock } from '../../apps/server/boot/system-clock.js';
import type { EntitySet } from '../storage-sqlite/contract.js';
import SqliteStorage from '../storage-sqlite/index.js';
import type { OpenTurn, TurnOpening } from './contract.js';
import { ConversationStore } from './conversation-store.js';
import { conversationStoreSchema } from './conversation-store-schema.js';

const sets = [await conversationStoreSchema.build()] as EntitySet[];
const folders: string[] = [];
const open: { stop(): unknown }[] = [];

export async function storeIn(dataDir?: string, clock: Clock = systemClock) {
  if (!dataDir) {
    dataDir = realpathSync(mkdtempSync(join(tmpdir(), 'dispatch-conversations-')));
    folders.push(dataDir);
  }
  const values: Record<string, unknown> = { dataDir, db: join(dataDir, 'dispatch.db') };
  const text = (key: string) => String(values[key]);
  const config = { value: (key: string) => values[key], text } as unknown as Config;
  const database = new SqliteStorage(config, quietLogger(), clock, sets);
  await database.start();
  const store = new ConversationStore(database, clock);
  const close = async () => {
    store.stop();
    await database.stop();
  };
  open.push({ stop: close });
  return { store, database, dataDir, close };
}

export async function cleanUp(): Promise<void> {
  for (const each of open.splice(0)) await each.stop();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

/** Whatever an event type has besides its ids. */
type Bare<T> = T extends TurnEvent ? Omit<T, 'conversationId' | 'turnId'> : never;
export const eventsOf = (conversationId: string, turnId: string, bare: readonly Bare<TurnEvent>[]): TurnEvent[] =>
  bare.map((event) => ({ ...event, conversationId, turnId }) as TurnEvent);

/** What the events of a turn say must be stored: the independent fold the project is held to. */
export function foldEvents(events: readonly TurnEvent[]): unknown[][] {
  const out: unknown[][] = [];
  let calls: string[] = [];
  let results = new Map<string, unknown[]>();
  let lastStep: string | undefined;
  let stepStart = 0;
  const flush = () => {
    const had = calls.length + results.size;
    for (const id of calls) if (results.has(id)) out.push(results.get(id) as unknown[]);
    for (const [id, result] of results) if (!calls.includes(id)) out.push(result);
    calls = [];
    results = new Map();
    if (had) stepStart = out.length;
  };
  const add = (kind: string, text: string) => {
    const last = out.at(-1);
    if (out.length > stepStart && last?.[0] === kind && !calls.length && !results.size) last[1] = `${last[1]}${text}`;
    else out.push([kind, text]);
  };
  for (const event of events) {
    if (event.type === 'user-message') {
      out.push(['user', event.text]);
      stepStart = out.length;
    } else if (event.type === 'text-delta' || event.type === 'reasoning-delta') {
      if (results.size) flush();
      add(event.type === 'text-delta' ? 'text' : 'thinking', event.delta);
    } else if (event.type === 'tool-call') {
      if (results.size && lastStep !== event.stepId) flush();
      lastStep = event.stepId;
      out.push(['tool-call', event.toolCallId, event.toolName]);
      calls.push(event.toolCallId);
    } else if (event.type === 'tool-result') {
      results.set(event.toolCallId, ['tool-result', event.toolCallId, event.content, event.isError]);
    } else if (event.type === 'steering') {
      flush();
      out.push(['user', event.text]);
      stepStart = out.length;
    } else if (event.type === 'provider-retry') {
      if (results.size) flush();
      if (event.discard) {
        out.length = stepStart;
        calls = [];
      }
    } else if (event.type === 'error') {
      flush();
      out.push(['error', event.message]);
    }
  }
  flush();
  return out;
}

export const foldStored = (chunks: readonly { role: string; chunk: Chunk }[]): unknown[][] =>
  chunks.map(({ role, chunk }) => {
    if (chunk.type === 'text') return [role === 'user' ? 'user' : 'text', chunk.text];
    if (chunk.type === 'tool-call') return ['tool-call', chunk.toolCallId, chunk.toolName];
    if (chunk.type === 'tool-result') return ['tool-result', chunk.toolCallId, chunk.content, chunk.isError];
    if (chunk.type === 'error') return ['error', chunk.message];
    return [chunk.type, 'text' in chunk ? chunk.text : ''];
  });

interface StepPlan {
  deltas: [kind: 'text-delta' | 'reasoning-delta', text: string][];
  discarded: [kind: 'text-delta' | 'reasoning-delta', text: string][] | null;
  calls: number;
  /** Sorting keys: the order in which results come. */
  order: number[];
  /** Results that come before the step is complete. */
  early: number;
  steering: string | null;
}

const deltas = fc.array(
  fc.tuple(fc.constantFrom('text-delta' as const, 'reasoning-delta' as const), fc.string({ minLength: 1, maxLength: 6 })),
  { maxLength: 6 },
);
const step: fc.Arbitrary<StepPlan> = fc.record({
  deltas,
  discarded: fc.option(deltas, { freq: 4 }),
  calls: fc.nat(4),
  order: fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
  early: fc.nat(4),
  steering: fc.option(fc.string({ minLength: 1, maxLength: 8 }), { freq: 4 }),
});

/** The events of a turn as the kernel tells them, from `turn-start` on. */
export const turnPlan = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 4 }),
  ending: fc.constantFrom('stop' as const, 'error' as const, 'aborted' as const),
});

export function eventsFor(
  conversationId: string,
  turnId: string,
  plan: typeof turnPlan extends fc.Arbitrary<infer T> ? T : never,
): TurnEvent[] {
  const bare: Bare<TurnEvent>[] = [{ type: 'turn-start' }];
  plan.steps.forEach((each, index) => {
    const last = index === plan.steps.length - 1;
    const stepId = `${turnId}#${index}`;
    const speak = (list: StepPlan['deltas']) => bare.push(...list.map(([type, delta]) => ({ type, delta })));
    if (each.discarded) {
      speak(each.discarded);
      bare.push({ type: 'provider-retry', attempt: 0, delayMs: 1, message: 'again', discard: true });
    }
    speak(each.deltas);
    const count = last && plan.ending === 'stop' ? 0 : last ? each.calls : Math.max(1, each.calls);
    const ids = Array.from({ length: count }, (_, i) => `call-${i}`); // ids that come again in the next step
    const calls = ids.map((toolCallId) => ({ type: 'tool-call' as const, stepId, toolCallId, toolName: 'tool', input: { index } }));
    const results = ids
      .map((toolCallId, i) => ({
        key: each.order[i] ?? 0,
        event: { type: 'tool-result' as const, stepId, toolCallId, toolName: 'tool', content: `${index}/${i}`, isError: i === 1 },
      }))
      .sort((a, b) => a.key - b.key)
      .map(({ event }) => event);
    bare.push(...calls, ...results.slice(0, each.early));
    if (!last || plan.ending === 'stop') {
      bare.push({ type: 'usage', stepId, usage: { inputTokens: 10, outputTokens: 2 } });
      bare.push({ type: 'step-complete', stepId, ttftMs: 1, decodeMs: 2, genTotalMs: 3 });
    }
    bare.push(...results.slice(each.early));
    if (each.steering !== null && !last) bare.push({ type: 'steering', text: each.steering });
  });
  if (plan.ending === 'error') bare.push({ type: 'error', message: 'it broke', code: 'http' });
  bare.push({ type: 'done', reason: plan.ending, durationMs: 5, usage: { inputTokens: 10, outputTokens: 2 }, contextSize: 12 });
  return eventsOf(conversationId, turnId, bare);
}

/** Opens a turn and waits until its prompt is on the disk. */
export async function begun(store: ConversationStore, opening: TurnOpening): Promise<OpenTurn> {
  const turn = await store.openTurn(opening);
  await turn.stored;
  return turn;
}

import type { Message } from 'dispatch/kernel';
import type { Chunk, ToolCallChunk, ToolResultChunk } from 'dispatch/wire';
import { interrupted } from './turn-fold.js';

/** Remembered by what they were made from, so that the same message in gives the same object out. */
const cleaned = new WeakMap<Message, { message: Message | undefined }>();
const answers = new WeakMap<Chunk, Message>();

const spoken = {
  user: (chunk: Chunk) => (chunk.type === 'text' && chunk.text !== '') || chunk.type === 'image',
  system: (chunk: Chunk) => (chunk.type === 'text' || chunk.type === 'system') && chunk.text !== '',
};

/**
 * A log as a model may be shown it: no errors, no empty messages, and right after each message with calls exactly one
 * result per call, in call order. Takes any list of chunks. A message that needs no repair is handed on as it is.
 */
export function repairMessages(log: readonly Message[]): Message[] {
  return repair(log).messages;
}

/** `whole`: every call had its result here, so what is appended to this log later cannot change what came out. */
export function repair(log: readonly Message[]): { messages: Message[]; whole: boolean } {
  const results = resultsOf(log);
  const repaired: Message[] = [];
  let whole = true;
  log.forEach((message, at) => {
    if (message.role === 'tool') return; // placed after its call
    const clean = cleanOf(message);
    if (!clean) return;
    repaired.push(clean);
    if (clean.role !== 'assistant') return;
    for (const chunk of clean.chunks) {
      if (chunk.type !== 'tool-call') continue;
      const result = takeResult(results, chunk.toolCallId, at);
      repaired.push(answerTo(chunk, result));
      whole &&= result !== undefined;
    }
  });
  return { messages: repaired, whole };
}

interface Placed {
  at: number;
  message: Message;
  chunk: ToolResultChunk;
}

/** Results by call id, first come first. */
function resultsOf(log: readonly Message[]): Map<string, Placed[]> {
  const results = new Map<string, Placed[]>();
  log.forEach((message, at) => {
    for (const chunk of message.chunks) {
      if (chunk.type !== 'tool-result') continue;
      const known = results.get(chunk.toolCallId);
      if (known) known.push({ at, message, chunk });
      else results.set(chunk.toolCallId, [{ at, message, chunk }]);
    }
  });
  return results;
}

/** The first result at or behind the call that no other call has taken; ids may come again in a later step. */
function takeResult(results: Map<string, Placed[]>, id: string, at: number): Placed | undefined {
  const waiting = results.get(id) ?? [];
  while (waiting[0] && waiting[0].at < at) waiting.shift();
  return waiting.shift();
}

/** The message that holds this result alone; one that says `interrupted` where there is none. */
function answerTo(call: ToolCallChunk, found: Placed | undefined): Message {
  if (found?.message.role === 'tool' && found.message.chunks.length === 1) return found.message;
  const from: Chunk = found?.chunk ?? call;
  const known = answers.get(from);
  if (known) return known;
  const { toolCallId, toolName } = call;
  const chunk: ToolResultChunk = found?.chunk ?? {
    type: 'tool-result',
    toolCallId,
    toolName,
    content: interrupted,
    isError: true,
  };
  const message: Message = { role: 'tool', chunks: [chunk] };
  answers.set(from, message);
  return message;
}

function cleanOf(message: Message): Message | undefined {
  const known = cleaned.get(message);
  if (known) return known.message;
  const chunks = message.role === 'assistant' ? spokenByModel(message.chunks) : message.chunks.filter(keeps(message.role));
  const same = chunks.length === message.chunks.length && chunks.every((chunk, i) => chunk === message.chunks[i]);
  const clean = chunks.length === 0 ? undefined : same ? message : { role: message.role, chunks };
  cleaned.set(message, { message: clean });
  return clean;
}

const keeps = (role: Message['role']) => (role === 'user' ? spoken.user : spoken.system);

/** Nothing at all when there is neither text nor a call. */
function spokenByModel(chunks: readonly Chunk[]): Chunk[] {
  const calls = new Set<string>();
  const kept = chunks.flatMap((chunk): Chunk[] => {
    if (chunk.type === 'text' || chunk.type === 'thinking') return chunk.text === '' ? [] : [chunk];
    if (chunk.type !== 'tool-call' || chunk.toolCallId === '' || calls.has(chunk.toolCallId)) return [];
    calls.add(chunk.toolCallId);
    return [isObject(chunk.input) ? chunk : { ...chunk, input: { input: chunk.input ?? null } }];
  });
  const says = kept.some((chunk) => chunk.type === 'tool-call' || (chunk.type === 'text' && chunk.text.trim() !== ''));
  return says ? kept : [];
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

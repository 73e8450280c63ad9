import type { Message } from 'dispatch/kernel';
import type { Chunk, ImageChunk, TextChunk, ToolCallChunk } from 'dispatch/wire';

/** What of a history a model is sent beside its text. */
export interface Sending {
  /** Thinking, in the field it came in, for a model that demands it back; it is never sent as text. */
  readonly thoughts: boolean;
  /** Pictures; one that is not sent is told of in words. */
  readonly images: boolean;
}

/** A message as OpenAI's JSON: one object, several joined by commas (tool results), or nothing. */
export const messageJson = (message: Message, sending: Sending): string => converted(message, sending).map(wellFormed).join(',');

function converted(message: Message, sending: Sending): object[] {
  const { chunks } = message;
  const before = chunks.flatMap((chunk) => (chunk.type === 'system' ? [{ role: 'system', content: chunk.text }] : []));
  return [...before, ...own(message, sending)];
}

function own({ role, chunks }: Message, { thoughts, images }: Sending): object[] {
  const text = chunks
    .filter((chunk): chunk is TextChunk => chunk.type === 'text')
    .map((chunk) => chunk.text)
    .join('\n');
  switch (role) {
    case 'system':
      return text === '' ? [] : [{ role, content: text }];
    case 'user':
      return user(chunks, text, images);
    case 'assistant':
      return assistant(chunks, text, thoughts);
    case 'tool':
      return chunks.flatMap((chunk) =>
        chunk.type === 'tool-result'
          ? [{ role, tool_call_id: chunk.toolCallId, content: chunk.content === '' ? '(no output)' : chunk.content }]
          : [],
      );
  }
}

function user(chunks: readonly Chunk[], text: string, images: boolean): object[] {
  if (!chunks.some((chunk) => chunk.type === 'image')) return text === '' ? [] : [{ role: 'user', content: text }];
  const parts = chunks
    .filter((chunk): chunk is TextChunk | ImageChunk => chunk.type === 'image' || chunk.type === 'text')
    .map((chunk) => {
      if (chunk.type === 'text') return { type: 'text', text: chunk.text };
      return images ? { type: 'image_url', image_url: { url: chunk.url } } : { type: 'text', text: unseen };
    });
  return [{ role: 'user', content: parts }];
}

const unseen = '[a picture was here; it was left out because this model does not take pictures]';

function assistant(chunks: readonly Chunk[], text: string, thoughts: boolean): object[] {
  const calls = chunks.filter((chunk): chunk is ToolCallChunk => chunk.type === 'tool-call');
  if (text === '' && calls.length === 0) return [];
  const thinking = chunks.flatMap((chunk) => (chunk.type === 'thinking' ? [chunk.text] : [])).join('\n');
  return [
    {
      role: 'assistant',
      content: text === '' ? null : text,
      ...(thoughts && { reasoning_content: thinking }),
      ...(calls.length > 0 && { tool_calls: calls.map(call) }),
    },
  ];
}

const call = ({ toolCallId, toolName, input }: ToolCallChunk) => ({
  id: toolCallId,
  type: 'function',
  // A name that a model made up may hold what providers refuse to take back.
  function: { name: toolName.replace(/[^\w-]/g, '_').slice(0, 64) || 'unknown', arguments: argumentsOf(input) },
});

/** Providers accept only an object here. */
const argumentsOf = (input: unknown): string =>
  wellFormed(typeof input === 'object' && input !== null && !Array.isArray(input) ? input : { input });

/** JSON without lone halves of surrogate pairs: many a provider refuses them, and would refuse every later turn too. */
function wellFormed(value: object): string {
  const json = JSON.stringify(value);
  if (!json.includes('\\ud')) return json;
  return JSON.stringify(value, (_key, each: unknown) => (typeof each === 'string' ? each.replace(/\p{Surrogate}/gu, '\ufffd') : each));
}

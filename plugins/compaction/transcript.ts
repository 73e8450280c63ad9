import type { Message } from 'dispatch/kernel';
import type { Chunk } from 'dispatch/wire';

/** Characters of one text or one answer of a tool that are told at most. */
interface Room {
  text: number;
  answer: number;
}

/** Characters that a tool's answer may take while there is room for it, and when there is not. */
const longestAnswer = 8_000;
const leastAnswer = 200;
const leastText = 1_000;
/** What a picture counts for. */
const picture = 1_500;

/**
 * Messages as one text to be summarised, of about `budget` characters at most. What is too long loses its middle:
 * first the answers of tools, then what people say, at last the whole.
 */
export function transcript(messages: readonly Message[], budget: number): string {
  let text = '';
  for (const room of roomsFor(budget)) {
    text = messages
      .map((message) => told(message, room))
      .filter((each) => each !== '')
      .join('\n\n');
    if (text.length <= budget) return text;
  }
  return cut(text, budget);
}

function* roomsFor(budget: number): Generator<Room> {
  for (let answer = longestAnswer; answer >= leastAnswer; answer /= 2) yield { text: Number.POSITIVE_INFINITY, answer };
  for (let text = budget; text >= leastText; text /= 2) yield { text, answer: leastAnswer };
}

/** Characters of what a model is shown of these messages; thinking is not shown. */
export function shownSize(messages: readonly Message[]): number {
  return messages.reduce((sum, { chunks }) => sum + chunks.reduce((size, chunk) => size + sizeOf(chunk), 0), 0);
}

/** A text without its middle. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const half = Math.max(0, Math.floor(limit / 2) - 20);
  const head = text.slice(0, half).replace(/[\uD800-\uDBFF]$/, '');
  const tail = text.slice(text.length - half).replace(/^[\uDC00-\uDFFF]/, '');
  return `${head}\n[… ${text.length - head.length - tail.length} characters left out …]\n${tail}`;
}

const names = { user: 'User', assistant: 'Assistant', tool: 'Tool', system: 'Note' } as const;

function told({ role, chunks }: Message, room: Room): string {
  const parts = chunks.map((chunk) => toldChunk(chunk, room)).filter((part) => part !== '');
  return parts.length === 0 ? '' : `## ${names[role]}\n${parts.join('\n')}`;
}

function toldChunk(chunk: Chunk, room: Room): string {
  switch (chunk.type) {
    case 'text':
    case 'system':
      return cut(chunk.text, room.text);
    case 'tool-call':
      return `[calls ${chunk.toolName}] ${cut(JSON.stringify(chunk.input) ?? '', room.answer)}`;
    case 'tool-result':
      return `[${chunk.isError ? 'error' : 'answer'} of ${chunk.toolName}] ${cut(chunk.content, room.answer)}`;
    case 'image':
      return '[a picture]';
    case 'thinking':
    case 'error':
      return '';
  }
}

function sizeOf(chunk: Chunk): number {
  switch (chunk.type) {
    case 'text':
    case 'system':
      return chunk.text.length;
    case 'tool-call':
      return chunk.toolName.length + (JSON.stringify(chunk.input)?.length ?? 0);
    case 'tool-result':
      return chunk.content.length;
    case 'image':
      return picture;
    case 'thinking':
    case 'error':
      return 0;
  }
}

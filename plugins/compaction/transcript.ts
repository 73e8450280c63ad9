import type { Message } from 'dispatch/kernel';
import type { Chunk } from 'dispatch/wire';

/** Characters that a tool's answer may take, and what it was asked, while there is room for it. */
const longestAnswer = 8_000;
const longestInput = 4_000;
const leastPiece = 200;
/** What a picture counts for. */
const picture = 1_500;

/** Messages as one text to be summarised, of about `budget` characters at most; what is too long loses its middle. */
export function transcript(messages: readonly Message[], budget: number): string {
  for (let piece = longestAnswer; ; piece /= 2) {
    const text = messages
      .map((message) => told(message, piece))
      .filter((each) => each !== '')
      .join('\n\n');
    if (text.length <= budget) return text;
    if (piece <= leastPiece) return cut(text, budget);
  }
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

function told({ role, chunks }: Message, piece: number): string {
  const parts = chunks.map((chunk) => toldChunk(chunk, piece)).filter((part) => part !== '');
  return parts.length === 0 ? '' : `## ${names[role]}\n${parts.join('\n')}`;
}

function toldChunk(chunk: Chunk, piece: number): string {
  switch (chunk.type) {
    case 'text':
    case 'system':
      return piece <= leastPiece ? cut(chunk.text, longestAnswer) : chunk.text;
    case 'tool-call':
      return `[calls ${chunk.toolName}] ${cut(JSON.stringify(chunk.input) ?? '', Math.min(longestInput, piece))}`;
    case 'tool-result':
      return `[${chunk.isError ? 'error' : 'answer'} of ${chunk.toolName}] ${cut(chunk.content, piece)}`;
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

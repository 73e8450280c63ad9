import type { StepRequest } from 'dispatch/kernel';
import type { Chunk } from 'dispatch/wire';

/** Tokens in a text, at four characters each. */
export const tokensIn = (text: string): number => Math.ceil(text.length / 4);

/** Tokens of a whole prompt: messages and tools. */
export function promptTokens({ messages, tools }: StepRequest): number {
  let total = 0;
  for (const { chunks } of messages) for (const chunk of chunks) total += chunkTokens(chunk);
  for (const { name, description, input } of tools) total += tokensIn(name + description + JSON.stringify(input));
  return total;
}

function chunkTokens(chunk: Chunk): number {
  switch (chunk.type) {
    case 'text':
    case 'system':
      return tokensIn(chunk.text);
    case 'tool-call':
      return tokensIn(chunk.toolName + JSON.stringify(chunk.input));
    case 'tool-result':
      return tokensIn(chunk.content);
    default:
      return 0;
  }
}

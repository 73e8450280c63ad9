import { isDeepStrictEqual } from 'node:util';

/** What a tool answered, as far as it was understood. */
export interface CallResult {
  content?: unknown;
  structuredContent?: unknown;
  isError?: unknown;
}

type Block = Record<string, unknown>;

/** A tool's answer as a text for the model: texts as they are, everything else named. Pure. */
export function resultText({ content, structuredContent }: CallResult): string {
  const blocks = Array.isArray(content) ? content.filter((each): each is Block => each !== null && typeof each === 'object') : [];
  const texts = blocks.map(blockText);
  if (structuredContent !== undefined && !blocks.some((block) => says(block, structuredContent)))
    texts.push(JSON.stringify(structuredContent));
  return texts.join('\n') || '(the tool answered nothing)';
}

function blockText(block: Block): string {
  switch (block.type) {
    case 'text':
      return String(block.text ?? '');
    case 'image':
    case 'audio':
      return `[${block.type} ${block.mimeType ?? 'of an unnamed type'}, ${bytes(block.data)}, not shown]`;
    case 'resource': {
      const resource = (block.resource ?? {}) as Block;
      if (typeof resource.text === 'string') return `[resource ${resource.uri}]\n${resource.text}`;
      return `[resource ${resource.uri} ${resource.mimeType ?? ''}, ${bytes(resource.blob)}, not shown]`;
    }
    case 'resource_link':
      return `[link to the resource ${block.uri}${block.name === undefined ? '' : ` "${block.name}"`}${block.description === undefined ? '' : `: ${block.description}`}]`;
    default:
      return `[content of the unknown kind ${JSON.stringify(block.type)}]`;
  }
}

const bytes = (base64: unknown): string =>
  `${(typeof base64 === 'string' ? Math.floor((base64.length * 3) / 4) : 0).toLocaleString('en')} bytes`;

/** Whether a text block is the structured content once more, as servers do for older clients. */
function says(block: Block, structured: unknown): boolean {
  if (block.type !== 'text' || typeof block.text !== 'string' || !/^\s*[[{]/.test(block.text)) return false;
  try {
    return isDeepStrictEqual(JSON.parse(block.text), structured);
  } catch {
    return false;
  }
}

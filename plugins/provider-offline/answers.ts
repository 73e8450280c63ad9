import type { Message } from 'dispatch/kernel';
import type { ToolResultChunk } from 'dispatch/wire';
import type { Request, Wish } from './grammar.js';

const whoIAm = 'I am the offline stand-in of Dispatch, not a language model: I follow a few fixed phrases.';

/** What it understands; also in the README. */
export const help = `${whoIAm} I understand:

- \`read FILE\` and \`list DIR\`
- \`run CMD\`
- \`write FILE: TEXT\` (\`overwrite FILE: TEXT\` when it exists)
- \`todo ONE; TWO; [x] THREE\`
- \`use TOOL {"name": "value"}\` for any other tool, with its input
- several of these, one a line
- \`slowly\` anywhere in the message for long pauses, \`reason\` to think aloud first
- \`fail\`, \`fail 429\` (any HTTP status), \`fail network\`, \`fail midway\`
- \`help\`

For real answers set DISPATCH_API_KEY, or add a credential to the configuration.`;

/** The answer to a message it does not understand. */
export function talk(text: string, images: number): string {
  const said = text.trim() === '' ? 'You said nothing.' : `You said: ${excerpt(text)}`;
  const seen = images > 0 ? ` I cannot look at ${images === 1 ? 'the image' : 'images'}.` : '';
  return `${whoIAm} ${said}${seen}\n\nSay "help" to see what I understand; for real answers set DISPATCH_API_KEY.`;
}

/** The answer once the tools have run: each result, quoted. */
export function quote(results: readonly ToolResultChunk[]): string {
  const told = results.map(({ toolName, content, isError }) => {
    const lines = excerpt(content === '' ? '(nothing)' : content).split('\n');
    return `${toolName} ${isError ? 'failed' : 'answered'}:\n\n${lines.map((line) => `> ${line}`).join('\n')}`;
  });
  return `${told.join('\n\n')}\n\n(From the offline stand-in, which is no language model.)`;
}

export const missing = (tools: readonly string[]): string =>
  `I would need the tool ${tools.join(' and ')} for that, and it is not there. (I am the offline stand-in, no language model.)`;

/** What it «thinks» when it is told to reason. */
export const thoughts = (wish: Wish): string =>
  wish.wants === 'requests'
    ? `The message asks for ${wish.requests.map(describe).join(', then ')}. I will call the tools for that. `
    : 'The message asks for nothing I have a tool for. I will say what I am. ';

const describe = (request: Request): string => {
  switch (request.do) {
    case 'read':
      return `the file ${request.path}`;
    case 'list':
      return `the folder ${request.path}`;
    case 'run':
      return `the command ${request.command}`;
    case 'write':
      return `a file ${request.path}`;
    case 'use':
      return `the tool ${request.tool}`;
    case 'todo':
      return `a list of ${request.items.length} todos`;
  }
};

/** At most ten lines and 600 characters. */
function excerpt(text: string): string {
  const lines = text.trimEnd().split('\n');
  const few = lines.slice(0, 10).join('\n');
  const short = few.length > 600 ? few.slice(0, 600) : few;
  return short.length < text.trimEnd().length ? `${short} …` : short;
}

/** The last user message, and the tool results that came after it. */
export function situation(messages: readonly Message[]): {
  text: string;
  images: number;
  results: ToolResultChunk[];
} {
  const last = messages.findLastIndex(({ role }) => role === 'user');
  const chunks = messages[last]?.chunks ?? [];
  return {
    text: chunks.flatMap((chunk) => (chunk.type === 'text' ? [chunk.text] : [])).join('\n'),
    images: chunks.filter(({ type }) => type === 'image').length,
    results: messages
      .slice(last + 1)
      .flatMap((message) => message.chunks.filter((chunk): chunk is ToolResultChunk => chunk.type === 'tool-result')),
  };
}

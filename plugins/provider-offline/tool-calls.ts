import type { Request } from './grammar.js';

/** A tool call that fulfils a request. */
export interface ToolCall {
  name: string;
  input: Record<string, unknown>;
}

/** Which tool does it, with which input. */
export function toolCall(request: Request): ToolCall {
  switch (request.do) {
    case 'read':
    case 'list':
      return { name: 'read_file', input: { path: request.path } };
    case 'run':
      return { name: 'run_shell', input: { command: request.command } };
    case 'write':
      return {
        name: 'write_file',
        input: { path: request.path, content: request.text, ...(request.overwrite && { overwrite: true }) },
      };
    case 'use':
      return { name: request.tool, input: request.input };
    case 'todo':
      return {
        name: 'todo_write',
        input: {
          todos: request.items.map(({ content, done }) => ({ content, status: done ? 'completed' : 'pending' })),
        },
      };
  }
}

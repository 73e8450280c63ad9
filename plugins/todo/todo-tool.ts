import { inject, plugin, type Tool, type ToolContext, Tools } from 'dispatch/kernel';
import { type Todo, Todos, todoStatuses } from './contract.js';

const marks: Record<Todo['status'], string> = { pending: '[ ]', in_progress: '[>]', completed: '[x]', cancelled: '[-]' };

/** `todo_write`: the model's own list of what is to be done. */
@plugin({ id: 'todo', version: '0.1.0', provides: Tools })
export class TodoTool implements Tool {
  readonly name = 'todo_write';
  readonly description =
    'Write down what is to be done in this conversation, where the user can see it. Use it for work of several steps. Each call replaces the whole list: give every item each time, with at most one in_progress, and mark items as completed as soon as they are.';
  readonly input = {
    type: 'object',
    properties: {
      todos: {
        type: 'array',
        maxItems: 200,
        description: 'The whole list, in order; an empty one clears it.',
        items: {
          type: 'object',
          properties: {
            content: { type: 'string', maxLength: 2000, pattern: '\\S', description: 'What is to be done, in one line.' },
            status: { type: 'string', enum: [...todoStatuses] },
          },
          required: ['content', 'status'],
          additionalProperties: false,
        },
      },
    },
    required: ['todos'],
    additionalProperties: false,
  };

  constructor(@inject(Todos) private readonly lists: Todos) {}

  async execute({ todos }: { todos: readonly Todo[] }, { conversationId }: ToolContext): Promise<string> {
    await this.lists.replace(conversationId, todos);
    if (todos.length === 0) return 'the list is empty now';
    const open = todos.filter(({ status }) => status === 'pending' || status === 'in_progress').length;
    const lines = todos.map(({ content, status }) => `${marks[status]} ${content.trim()}`);
    return [`${open} of ${todos.length} still to do:`, ...lines].join('\n');
  }
}

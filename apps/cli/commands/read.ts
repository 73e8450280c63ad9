import type { StoredChunk } from 'dispatch/wire';
import { theConversation } from '../chat/find-conversation.js';
import { shortened } from '../chat/show-event.js';
import { jsonLine } from '../terminal/safe-text.js';
import type { Screen } from '../terminal/screen.js';
import type { Command } from './command.js';

/** `dispatch read <id>`: a conversation from its beginning. */
export const read: Command = (line, runs) =>
  line.command(
    'read <id>',
    'Show a conversation',
    (own) =>
      own
        .positional('id', { type: 'string', demandOption: true, describe: 'Id, or its beginning' })
        .option('show-reasoning', { type: 'boolean', describe: 'Show what the model thought' }),
    runs(async (args, { client, screen }) => {
      const answer = await client.history(await theConversation(args.id, client, screen));
      if (screen.json) return screen.raw(jsonLine(answer));
      for (const stored of answer.chunks) show(stored, args['show-reasoning'] === true, screen);
    }),
  );

function show({ role, chunk }: StoredChunk, reasoning: boolean, screen: Screen): void {
  switch (chunk.type) {
    case 'text':
      if (role === 'assistant') return screen.line(chunk.text);
      return screen.line(chunk.text, 'bold', `[${role}]`);
    case 'thinking':
      if (reasoning) screen.line(chunk.text, 'dim');
      return;
    case 'tool-call':
      return screen.line(`${chunk.toolName} ${jsonLine(chunk.input)}`, 'cyan', '[tool]');
    case 'tool-result':
      return screen.line(shortened(chunk.content), chunk.isError ? 'red' : 'cyan', `[tool:${chunk.toolName}]`);
    case 'error':
      return screen.line(chunk.message, 'red', '[error]');
    case 'system':
      return screen.line(chunk.text, 'dim', '[system]');
    case 'image':
      return screen.line(chunk.url.slice(0, 100), 'dim', '[image]');
  }
}

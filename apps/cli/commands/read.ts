import type { LastAnswer, StoredChunk } from 'dispatch/wire';
import { theConversation } from '../chat/find-conversation.js';
import { shortened } from '../chat/show-event.js';
import type { Client } from '../client.js';
import { jsonLine } from '../terminal/safe-text.js';
import type { Screen } from '../terminal/screen.js';
import { type Command, wholeNumber, withId } from './command.js';

/** `dispatch read <id>`: a conversation from its beginning, its newest part, or its last answer. */
export const read: Command = {
  name: 'read',
  takes: 'conversation',
  add: (line, runs) =>
    line.command(
      'read <id>',
      'Show a conversation',
      (own) =>
        withId(own)
          .option('last', { type: 'boolean', describe: 'Wait for the running turn and show the last answer only' })
          .option('limit', { type: 'string', nargs: 1, describe: 'Show the newest so many pieces' })
          .option('show-reasoning', { type: 'boolean', describe: 'Show what the model thought' })
          .conflicts('last', ['limit', 'show-reasoning']),
      runs(async (args, { client, screen }) => {
        const limit = wholeNumber(args.limit, 'limit');
        const id = await theConversation(args.id, client, screen);
        if (args.last) return showLast(await settled(id, client), screen);
        const answer = await client.history(id, { limit });
        if (screen.json) return screen.raw(jsonLine(answer));
        for (const stored of answer.chunks) show(stored, args['show-reasoning'] === true, screen);
      }),
    ),
};

/** The server lets nobody wait longer than a minute at once. */
async function settled(id: string, client: Client): Promise<LastAnswer> {
  for (;;) {
    const answer = await client.last(id);
    if (answer.settled) return answer;
  }
}

function showLast(answer: LastAnswer, screen: Screen): void {
  if (screen.json) return screen.raw(jsonLine(answer));
  if (answer.content === '') screen.note('there is no answer yet');
  else screen.line(answer.content);
}

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

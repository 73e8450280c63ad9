import { theConversation } from '../chat/find-conversation.js';
import { jsonLine } from '../terminal/safe-text.js';
import { type Command, withId } from './command.js';

/** `dispatch open <id>`: asks every front end to show the conversation. */
export const open: Command = {
  name: 'open',
  takes: 'conversation',
  add: (line, runs) =>
    line.command(
      'open <id>',
      'Show a conversation in the open front ends',
      (own) => withId(own),
      runs(async ({ id }, { client, screen }) => {
        const answer = await client.open(await theConversation(id, client, screen));
        if (screen.json) return screen.raw(jsonLine(answer));
        screen.line(`opened ${answer.conversationId}`);
      }),
    ),
};

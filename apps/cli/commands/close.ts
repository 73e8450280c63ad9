import { theConversation } from '../chat/find-conversation.js';
import { jsonLine } from '../terminal/safe-text.js';
import { type Command, withId } from './command.js';

/** `dispatch close <id>`: ends the running turn and takes the conversation off the list; a message opens it again. */
export const close: Command = {
  name: 'close',
  takes: 'conversation',
  add: (line, runs) =>
    line.command(
      'close <id>',
      'Close a conversation; a message opens it again',
      (own) => withId(own),
      runs(async ({ id }, { client, screen }) => {
        const answer = await client.close(await theConversation(id, client, screen));
        if (screen.json) return screen.raw(jsonLine(answer));
        screen.line(`closed ${answer.conversationId}${answer.abortedTurn ? ', and stopped its turn' : ''}`);
      }),
    ),
};

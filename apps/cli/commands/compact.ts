import { theConversation } from '../chat/find-conversation.js';
import { jsonLine } from '../terminal/safe-text.js';
import { type Command, withId } from './command.js';

/** `dispatch compact <id>`: a summary takes the place of the older messages. */
export const compact: Command = {
  name: 'compact',
  takes: 'conversation',
  add: (line, runs) =>
    line.command(
      'compact <id>',
      'Put a summary in the place of the older messages',
      (own) => withId(own),
      runs(async ({ id }, { client, screen }) => {
        const answer = await client.compact(await theConversation(id, client, screen));
        if (screen.json) return screen.raw(jsonLine(answer));
        screen.line(`compacted ${answer.conversationId}: ${answer.messagesSummarized} messages summarised, ${answer.messagesKept} kept`);
        screen.line(`the whole history is in ${answer.newConversationId}`);
      }),
    ),
};

import { theConversation } from '../chat/find-conversation.js';
import { jsonLine } from '../terminal/safe-text.js';
import { type Command, withId } from './command.js';

/** `dispatch stop <id>`: ends the running turn. */
export const stop: Command = {
  name: 'stop',
  takes: 'conversation',
  add: (line, runs) =>
    line.command(
      'stop <id>',
      'Stop the running turn of a conversation',
      (own) => withId(own),
      runs(async ({ id }, { client, screen }) => {
        const answer = await client.stop(await theConversation(id, client, screen));
        if (screen.json) return screen.raw(jsonLine(answer));
        screen.line(`${answer.abortedTurn ? 'stopped' : 'nothing ran in'} ${answer.conversationId}`);
      }),
    ),
};

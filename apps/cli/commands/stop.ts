import { theConversation } from '../chat/find-conversation.js';
import { jsonLine } from '../terminal/safe-text.js';
import type { Command } from './command.js';

/** `dispatch stop <id>`: ends the running turn. */
export const stop: Command = (line, runs) =>
  line.command(
    'stop <id>',
    'Stop the running turn of a conversation',
    (own) => own.positional('id', { type: 'string', demandOption: true, describe: 'Id, or its beginning' }),
    runs(async ({ id }, { client, screen }) => {
      const answer = await client.stop(await theConversation(id, client, screen));
      if (screen.json) return screen.raw(jsonLine(answer));
      screen.line(`${answer.abortedTurn ? 'stopped' : 'nothing ran in'} ${answer.conversationId}`);
    }),
  );

import { resolve } from 'node:path';
import { theConversation } from '../chat/find-conversation.js';
import { messageText } from '../chat/message-text.js';
import { runTurn } from '../chat/run-turn.js';
import { type Command, messageFlags } from './command.js';

/** `dispatch send <id>`: a turn in a conversation that is there already, in its own working directory. */
export const send: Command = (line, runs) =>
  line.command(
    'send <id>',
    'Send a message to a conversation',
    (own) => messageFlags(own.positional('id', { type: 'string', demandOption: true, describe: 'Id, or its beginning' })),
    runs(async (args, bench) => {
      const message = await messageText(args, process.stdin);
      const conversationId = await theConversation(args.id, bench.client, bench.screen);
      const request = {
        conversationId,
        message,
        cwd: args.cwd === undefined ? undefined : resolve(args.cwd),
        reasoningEffort: args.effort,
        workspaceId: args.workspace,
      };
      bench.end(await runTurn(request, args['show-reasoning'] === true, bench));
    }),
  );

import { resolve } from 'node:path';
import { theConversation } from '../chat/find-conversation.js';
import { messageText } from '../chat/message-text.js';
import { inBackground, runTurn } from '../chat/run-turn.js';
import { CliError, Refused, usageError } from '../cli-error.js';
import { jsonLine } from '../terminal/safe-text.js';
import { type Bench, type Command, turnFlags, withId } from './command.js';

/** `dispatch send <id>`: a turn in a conversation that is there already, in its own working directory. */
export const send: Command = {
  name: 'send',
  takes: 'conversation',
  add: (line, runs) =>
    line.command(
      'send <id>',
      'Send a message to a conversation',
      (own) => turnFlags(withId(own)).option('queue', { type: 'boolean', describe: 'Hand it to the running turn, and do not wait' }),
      runs(async (args, bench) => {
        if (args.queue && (args.cwd ?? args.effort) !== undefined)
          throw usageError(`a queued message takes no ${args.cwd === undefined ? '--effort' : '--cwd'}: it joins the turn that runs`);
        const message = await messageText(args, process.stdin);
        const conversationId = await theConversation(args.id, bench.client, bench.screen);
        if (args.queue) return enqueue({ conversationId, text: message, workspaceId: args.workspace }, args.open === true, bench);
        const request = {
          conversationId,
          message,
          cwd: args.cwd === undefined ? undefined : resolve(args.cwd),
          reasoningEffort: args.effort,
          workspaceId: args.workspace,
        };
        const code = await runTurn(request, { showReasoning: args['show-reasoning'], open: args.open }, bench).catch(advised);
        bench.end(code);
      }),
    ),
};

async function enqueue(
  { conversationId, ...body }: { conversationId: string; text: string; workspaceId?: string },
  open: boolean,
  { client, screen }: Bench,
): Promise<void> {
  const answer = await client.enqueue(conversationId, body);
  if (open) await inBackground(client.open(conversationId), screen);
  if (screen.json) return screen.raw(jsonLine(answer));
  const { startedTurn, queue } = answer;
  screen.line(startedTurn ? `a turn was started in ${conversationId}` : `queued in ${conversationId}, ${queue.length} waiting`);
  screen.note(`see "dispatch ${startedTurn ? 'read' : 'queue list'} ${conversationId}"`, 'dim');
}

function advised(error: unknown): never {
  if (!(error instanceof Refused) || error.status !== 409) throw error;
  throw new CliError(error.exitCode, `${error.message}. With --queue it is handed to that turn`, { cause: error });
}

import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { conversationLike } from '../chat/find-conversation.js';
import { messageText } from '../chat/message-text.js';
import { runTurn } from '../chat/run-turn.js';
import { failure, usageError } from '../cli-error.js';
import { nearest } from '../nearest.js';
import { looksLikeKey, noKeys } from '../refuse-keys.js';
import { type Bench, type Command, turnFlags } from './command.js';

/** `dispatch <credential/model>` or `dispatch chat`: one turn, in a new conversation or a named one. */
export const chat = (verbs: readonly string[]): Command => ({
  name: 'chat',
  add: (line, runs) =>
    line.command(
      ['chat [model]', '$0'],
      'Run one turn; <credential/model> may stand alone, without "chat"',
      (own) =>
        turnFlags(
          own
            .positional('model', { type: 'string', describe: 'credential/model; the server has a default' })
            .option('conversation', { type: 'string', nargs: 1, describe: 'Id of the conversation, or its beginning' }),
        ),
      runs(async (args, bench) => {
        const model = checked(args.model, verbs);
        const message = await messageText(args, process.stdin);
        const request = {
          conversationId: await conversationId(args.conversation, bench),
          message,
          model,
          cwd: workingDirectory(args.cwd),
          reasoningEffort: args.effort,
          workspaceId: args.workspace,
        };
        bench.end(await runTurn(request, { showReasoning: args['show-reasoning'], open: args.open }, bench));
      }),
    ),
});

/** A word without a slash is no model but a verb that was misspelt. */
function checked(model: string | undefined, verbs: readonly string[]): string | undefined {
  if (model === undefined || /^[^/]+\/./.test(model)) return model;
  if (looksLikeKey(model)) throw noKeys('what looks like a key');
  const near = nearest(model, verbs);
  throw usageError(
    `unknown command "${model}"${near ? `; did you mean "${near}"?` : ''} (a model is named credential/model; see dispatch --help)`,
  );
}

/** Clients choose the ids of new conversations; a beginning that fits one means that one. */
async function conversationId(asked: string | undefined, { client, screen }: Bench): Promise<string> {
  if (asked === undefined) return randomUUID();
  return (await conversationLike(asked, client, screen)) ?? asked;
}

function workingDirectory(flag: string | undefined): string {
  try {
    return resolve(flag ?? '.');
  } catch (cause) {
    throw failure('the current directory does not exist any more; change to another, or give --cwd', cause);
  }
}

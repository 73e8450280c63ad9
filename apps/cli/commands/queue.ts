import type { QueuedMessage } from 'dispatch/wire';
import { theConversation } from '../chat/find-conversation.js';
import { messageText } from '../chat/message-text.js';
import { failure } from '../cli-error.js';
import type { Client } from '../client.js';
import { age, shortLength } from '../terminal/rows.js';
import { jsonLine, safeLine } from '../terminal/safe-text.js';
import type { Screen } from '../terminal/screen.js';
import { type Command, messageFlags, withId } from './command.js';

/** `dispatch queue list|edit|cancel <id> …`: the messages that wait for the running turn. */
export const queue: Command = {
  name: 'queue',
  verbs: ['list', 'edit', 'cancel'],
  takes: 'conversation',
  add: (line, runs) =>
    line.command('queue', 'The messages that wait in a conversation', (own) =>
      own
        .command(
          'list <id>',
          'List them',
          (its) => withId(its),
          runs(async (args, { client, screen }) => {
            const answer = await client.waiting(await theConversation(args.id, client, screen));
            if (screen.json) return screen.raw(jsonLine(answer));
            show(answer.queue, screen);
            if (answer.queue.length === 0) screen.note('nothing waits');
          }),
        )
        .command(
          'edit <id> <message>',
          'Change one',
          (its) => messageFlags(withMessage(withId(its))),
          runs(async (args, { client, screen }) => {
            const words = await messageText(args, process.stdin);
            const id = await theConversation(args.id, client, screen);
            const answer = await client.reword(id, await theMessage(id, args.message, client, screen), words);
            if (screen.json) return screen.raw(jsonLine(answer));
            show(answer.queue, screen);
          }),
        )
        .command(
          'cancel <id> <message>',
          'Cancel one',
          (its) => withMessage(withId(its)),
          runs(async (args, { client, screen }) => {
            const id = await theConversation(args.id, client, screen);
            const answer = await client.cancel(id, await theMessage(id, args.message, client, screen));
            if (screen.json) return screen.raw(jsonLine(answer));
            screen.line(answer.cancelled ? 'cancelled' : 'it was gone already');
          }),
        )
        .demandCommand(1),
    ),
};

const withMessage = <T>(line: import('yargs').Argv<T>) =>
  line.positional('message', { type: 'string', demandOption: true, describe: 'Id of the message, or its beginning' });

async function theMessage(id: string, prefix: string, client: Client, screen: Screen): Promise<string> {
  const { queue } = await client.waiting(id);
  const found = queue.filter((each) => each.id.startsWith(prefix));
  const exact = found.find((each) => each.id === prefix) ?? (found.length === 1 ? found[0] : undefined);
  if (exact) return exact.id;
  for (const row of rows(found.length > 0 ? found : queue)) screen.note(row);
  throw failure(
    found.length > 0
      ? `${found.length} messages begin with "${prefix}"; give more of the id`
      : `no message that waits begins with "${prefix}"`,
  );
}

function show(queue: readonly QueuedMessage[], screen: Screen): void {
  for (const row of rows(queue)) screen.line(row);
}

function rows(queue: readonly QueuedMessage[]): string[] {
  const short = shortLength(queue.map(({ id }) => id));
  return queue.map(({ id, text, queuedAt }) => `${safeLine(id.slice(0, short))} | ${safeLine(text)} | ${age(Date.now() - queuedAt)}`);
}

import { messageText } from '../chat/message-text.js';
import { jsonLine } from '../terminal/safe-text.js';
import { type Command, messageFlags } from './command.js';

/** `dispatch prompt show|set|variables`: the template of the system prompt. */
export const prompt: Command = {
  name: 'prompt',
  verbs: ['show', 'set', 'variables'],
  add: (line, runs) =>
    line.command('prompt', 'The template of the system prompt', (own) =>
      own
        .command(
          'show',
          'Show it',
          (its) => its,
          runs(async (_args, { client, screen }) => {
            const answer = await client.template();
            if (screen.json) return screen.raw(jsonLine(answer));
            screen.line(answer.template);
          }),
        )
        .command(
          'set',
          'Set it, for conversations that have not begun',
          (its) => messageFlags(its),
          runs(async (args, { client, screen }) => {
            const answer = await client.setTemplate(await messageText(args, process.stdin));
            if (screen.json) return screen.raw(jsonLine(answer));
            screen.note(`the template is set: ${answer.template.length} characters`);
          }),
        )
        .command(
          'variables',
          'List what it may ask for',
          (its) => its,
          runs(async (_args, { client, screen }) => {
            const answer = await client.variables();
            if (screen.json) return screen.raw(jsonLine(answer));
            for (const { type, name, description } of answer.variables) screen.line(`[${type}:${name}] ${description}`);
          }),
        )
        .demandCommand(1),
    ),
};

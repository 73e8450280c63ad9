import { failure } from '../cli-error.js';
import { jsonLine } from '../terminal/safe-text.js';
import type { Command } from './command.js';

/** `dispatch run [<name> …]`: the commands that plugins bring. */
export const run: Command = {
  name: 'run',
  takes: 'command',
  add: (line, runs) =>
    line.command(
      'run [name] [words..]',
      'List the commands that plugins bring, or run one; words with a dash come after --',
      (own) =>
        own
          .positional('name', { type: 'string', describe: 'Name of the command' })
          .positional('words', { type: 'string', array: true, default: [] as string[], describe: 'What it takes' }),
      runs(async ({ name, words }, { client, screen, end }) => {
        if (name === undefined) {
          const { commands } = await client.commands();
          if (screen.json) return screen.raw(jsonLine({ commands }));
          if (commands.length === 0) screen.note('no plugin brings a command');
          for (const each of commands) screen.line(`${[each.name, each.usage].filter(Boolean).join(' ')}  ${each.description}`);
          return;
        }
        for await (const told of client.run(name, { args: words, cwd: process.cwd() })) {
          if (screen.json) screen.raw(jsonLine(told));
          else if (told.type === 'line') screen.line(told.text);
          if (told.type !== 'done') continue;
          end(told.exitCode);
          if (told.error !== undefined && !screen.json) throw failure(`"${name}" failed: ${told.error}`);
        }
      }),
    ),
};

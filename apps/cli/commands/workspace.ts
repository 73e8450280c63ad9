import { resolve } from 'node:path';
import { usageError } from '../cli-error.js';
import type { Client } from '../client.js';
import { age } from '../terminal/rows.js';
import { jsonLine, safeLine } from '../terminal/safe-text.js';
import type { Command } from './command.js';

/** `dispatch workspace list|set|delete`: named groups of conversations with a default working directory. */
export const workspace: Command = {
  name: 'workspace',
  verbs: ['list', 'set', 'delete'],
  takes: 'workspace',
  add: (line, runs) =>
    line.command('workspace', 'The workspaces', (own) =>
      own
        .command(
          'list',
          'List them',
          (its) => its,
          runs(async (_args, { client, screen }) => {
            const answer = await client.workspaces();
            if (screen.json) return screen.raw(jsonLine(answer));
            for (const { id, title, defaultCwd, conversationCount, lastActivityAt } of answer.workspaces) {
              const parts = [id, title, `${conversationCount} conversations`, defaultCwd ?? '-', age(Date.now() - lastActivityAt)];
              screen.line(parts.map(safeLine).join(' | '));
            }
          }),
        )
        .command(
          'set <id>',
          'Make one, or change its title or directory',
          (its) =>
            named(its)
              .option('title', { type: 'string', nargs: 1, describe: 'Its title' })
              .option('cwd', { type: 'string', nargs: 1, describe: 'Directory its conversations work in; empty clears it' }),
          runs(async (args, { client, screen }) => {
            if (args.title?.trim() === '') throw usageError('--title is empty');
            const answer = await set(args, client);
            if (screen.json) return screen.raw(jsonLine(answer));
            screen.line([answer.id, answer.title, answer.defaultCwd ?? '-'].map(safeLine).join(' | '));
          }),
        )
        .command(
          'delete <id>',
          'Close its conversations, move them to "default" and remove it',
          (its) => named(its),
          runs(async ({ id }, { client, screen }) => {
            const answer = await client.deleteWorkspace(id);
            if (screen.json) return screen.raw(jsonLine(answer));
            screen.line(`deleted ${answer.workspaceId}, ${answer.closedCount} conversations closed`);
          }),
        )
        .demandCommand(1),
    ),
};

const named = <T>(line: import('yargs').Argv<T>) =>
  line.positional('id', { type: 'string', demandOption: true, describe: 'Id of the workspace: a-z, 0-9 and "-"' });

async function set({ id, title, cwd }: { id: string; title?: string; cwd?: string }, client: Client) {
  let answer = await client.keepWorkspace(id);
  if (title !== undefined) answer = await client.entitle(id, title);
  if (cwd !== undefined) answer = await client.house(id, cwd === '' ? null : resolve(cwd));
  return answer;
}

import { usageError } from '../cli-error.js';
import { nearest } from '../nearest.js';
import { rows } from '../terminal/rows.js';
import { jsonLine } from '../terminal/safe-text.js';
import type { Command } from './command.js';

const statuses = ['active', 'queued', 'idle', 'closed'];

/** `dispatch list [prefix]`: rows `short id | title | age`, newest first, closed ones only when asked for. */
export const list: Command = {
  name: 'list',
  takes: 'conversation',
  add: (line, runs) =>
    line.command(
      'list [prefix]',
      'List conversations',
      (own) =>
        own
          .positional('prefix', { type: 'string', describe: 'Beginning of the id' })
          .option('status', { type: 'string', nargs: 1, describe: `Some of ${statuses.join(',')}` })
          .option('all', { type: 'boolean', describe: 'Closed ones too' })
          .option('workspace', { type: 'string', nargs: 1, describe: 'Only of this workspace' }),
      runs(async ({ prefix, status, all, workspace }, { client, screen }) => {
        const wanted = status === undefined ? (all ? undefined : 'active,queued,idle') : checked(status);
        const answer = await client.conversations({ q: prefix, status: wanted, workspaceId: workspace });
        if (screen.json) return screen.raw(jsonLine(answer));
        for (const row of rows(answer.conversations, Date.now(), screen.columns)) screen.line(row);
        if (answer.conversations.length === 0) screen.note('no conversations');
      }),
    ),
};

function checked(status: string): string {
  for (const word of status.split(',')) {
    if (statuses.includes(word)) continue;
    const near = nearest(word, statuses);
    throw usageError(
      `--status "${word}" is unknown${near ? `; did you mean "${near}"?` : ''} (${statuses.join(', ')}, separated by commas)`,
    );
  }
  return status;
}

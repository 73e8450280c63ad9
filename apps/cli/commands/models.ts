import { jsonLine } from '../terminal/safe-text.js';
import type { Command } from './command.js';

/** `dispatch models`: one model name a line. */
export const models: Command = {
  name: 'models',
  add: (line, runs) =>
    line.command(
      'models',
      'List the models',
      (own) => own,
      runs(async (_args, { client, screen }) => {
        const answer = await client.models();
        if (screen.json) return screen.raw(jsonLine(answer));
        for (const model of answer.models) screen.line(model);
        if (answer.models.length === 0) screen.note('no models: the server has no credential that answers');
      }),
    ),
};

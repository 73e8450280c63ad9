import { jsonLine } from '../terminal/safe-text.js';
import type { Command } from './command.js';

/** `dispatch launch`: an address that lets one browser in. */
export const launch: Command = {
  name: 'launch',
  add: (line, runs) =>
    line.command(
      'launch',
      'Print an address that lets one browser in, once',
      (own) => own,
      runs(async (_args, { client, screen }) => {
        const answer = await client.launch();
        const address = client.address + answer.path;
        if (screen.json) return screen.raw(jsonLine({ address, expiresInMs: answer.expiresInMs }));
        screen.line(address);
        screen.note(`good once, within ${Math.round(answer.expiresInMs / 60_000)} minutes`, 'dim');
      }),
    ),
};

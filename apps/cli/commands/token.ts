import { tokenIn } from '../access/token-file.js';
import { failure, usageError } from '../cli-error.js';
import { jsonLine } from '../terminal/safe-text.js';
import type { Bench, Command } from './command.js';

/** `dispatch token [path|rotate]`: this user's server's token. It is printed only when `--show` asks for it. */
export const token: Command = {
  name: 'token',
  add: (line, runs) =>
    line.command(
      'token [what]',
      "Say where this user's server has its token from, or replace it",
      (own) =>
        own
          .positional('what', { choices: ['path', 'rotate'] as const, describe: 'Print the path alone, or make a new token' })
          .option('show', { type: 'boolean', describe: 'Print the token itself' }),
      runs(async ({ what, show = false }, bench) => {
        if (what === 'path' && show) throw usageError('"dispatch token path" prints no token; see "dispatch token --show"');
        await (what === 'rotate' ? rotate(show, bench) : tell(what === 'path', show, bench));
      }),
    ),
};

async function tell(pathOnly: boolean, show: boolean, { screen }: Bench): Promise<void> {
  const { tokenPlace } = await import('../local-config.js');
  const { given, from, file } = tokenPlace();
  if (pathOnly && !screen.json) return screen.line(file);
  const found = given ?? (await tokenIn(file));
  if (show && found === undefined) throw failure(`there is no token in ${file}: a server makes it when it starts`);
  if (screen.json)
    return screen.raw(
      jsonLine({ path: file, from: given === undefined ? file : from, exists: found !== undefined, ...(show && { token: found }) }),
    );
  if (show) return screen.line(found as string);
  screen.line(file);
  if (given !== undefined) screen.note(`a server started here does not use it: the token is given in ${from}`);
  else screen.note(found === undefined ? 'there is none yet: a server that is started here makes it' : 'print it with --show', 'dim');
}

/** Whoever was let in by the old one is cut off. */
async function rotate(show: boolean, { client, screen }: Bench): Promise<void> {
  const { tokenFile, token } = await client.rotateToken();
  if (screen.json) return screen.raw(jsonLine({ tokenFile, ...(show && { token }) }));
  screen.line(show && token !== undefined ? token : `there is a new token in ${tokenFile}`);
}

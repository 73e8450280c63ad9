import yargs, { type Argv } from 'yargs';
import { ownToken } from './access/token-file.js';

import { CliError, exitCodes } from './cli-error.js';
import { Client } from './client.js';
import { type Everywhere, parsing, type Runs } from './commands/command.js';
import { commands } from './commands/index.js';
import { plainWords, unmarked } from './plain-words.js';
import { refuseKeys } from './refuse-keys.js';
import { serverAddress } from './server-address.js';
import { Screen } from './terminal/screen.js';
import { wrongUsage } from './wrong-usage.js';

/** Parses the arguments and runs the command. Answers the exit code; what went wrong has been said. */
export async function commandLine(args: readonly string[], version: string): Promise<number> {
  const { env } = process;
  const plain = new Screen(process.stdout, process.stderr, env, false);
  try {
    if (args[0] === '--get-yargs-completions') {
      const { candidates } = await import('./completion/candidates.js');
      for (const each of await candidates(
        args.slice(2),
        line([], version, () => async () => {}),
        commands,
        env,
      ))
        plain.line(each);
      return exitCodes.fine;
    }
    refuseKeys(args);
    const asked = args[0] === 'help' ? [...args.slice(1), '--help'] : args;
    if (args.length === 0) {
      plain.note(await line([], version, () => async () => {}).getHelp());
      return exitCodes.usage;
    }
    let code: number = exitCodes.fine;
    const runs: Runs = (work) => async (marked) => {
      const parsed = Object.fromEntries(Object.entries(marked).map(([name, value]) => [name, unmarked(value)])) as typeof marked;
      let client: Client | undefined;
      await work(parsed, {
        get client() {
          client ??= new Client(serverAddress(parsed.server, env), env.DISPATCH_TOKEN || undefined, ownToken);
          return client;
        },
        screen: new Screen(process.stdout, process.stderr, env, parsed.json === true),
        end: (exitCode) => {
          code = exitCode;
        },
      });
    };
    await line(plainWords(asked), version, runs).parseAsync();
    return code;
  } catch (error) {
    const known = error instanceof CliError ? error : undefined;
    plain.note(`dispatch: ${known ? known.message : `this should not happen: ${String(error)}`}`, 'red');
    return known?.exitCode ?? exitCodes.failed;
  }
}

function line(args: readonly string[], version: string, runs: Runs) {
  const bare = yargs([...args])
    .scriptName('dispatch')
    .detectLocale(false)
    .parserConfiguration(parsing)
    .usage('$0 <credential/model> --text "…"\n$0 <command>')
    .option('server', { type: 'string', nargs: 1, describe: 'Address of the server', global: true })
    .option('json', { type: 'boolean', describe: 'Print JSON lines', global: true })
    .version(version)
    .help('help')
    .wrap(Math.max(40, Math.min(100, process.stdout.columns || 100)))
    .exitProcess(false)
    .showHelpOnFail(false)
    .strict()
    .fail((message, error) => {
      throw error instanceof CliError || !message ? error : wrongUsage(message, args, commands);
    });
  return commands.reduce((built, command) => command.add(built, runs), bare as unknown as Argv<Everywhere>);
}

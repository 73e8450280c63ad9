import yargs from 'yargs';
import { CliError, exitCodes, usageError } from './cli-error.js';
import { Client } from './client.js';
import { chat } from './commands/chat.js';
import type { Command, Everywhere, Runs } from './commands/command.js';
import { list } from './commands/list.js';
import { models } from './commands/models.js';
import { plugins } from './commands/plugins.js';
import { read } from './commands/read.js';
import { send } from './commands/send.js';
import { stop } from './commands/stop.js';
import { nearest } from './nearest.js';
import { serverAddress } from './server-address.js';
import { Screen } from './terminal/screen.js';

const commands: readonly Command[] = [chat, list, models, plugins, read, send, stop];
const flags = [
  ...['server', 'json', 'help', 'version', 'text', 'file', 'cwd', 'conversation', 'effort', 'workspace'],
  ...['show-reasoning', 'status', 'all'],
].map((name) => `--${name}`);

/** Parses the arguments and runs the command. Answers the exit code; what went wrong has been said. */
export async function commandLine(args: readonly string[], version: string): Promise<number> {
  const { env } = process;
  const plain = new Screen(process.stdout, process.stderr, env, false);
  try {
    refuseKeys(args);
    if (args.includes('--') && args.at(-1) !== '--')
      throw usageError('nothing can stand after "--"; a value that begins with a dash is written --text=-…');
    if (args.length === 0 || (args.length === 1 && args[0] === 'help')) {
      const help = await line([], version, () => async () => {}).getHelp();
      if (args.length > 0) plain.text(`${help}\n`);
      else plain.note(help);
      return args.length > 0 ? exitCodes.fine : exitCodes.usage;
    }
    let code: number = exitCodes.fine;
    const runs: Runs = (work) => async (parsed) => {
      const client = new Client(serverAddress(parsed.server, env), env.DISPATCH_TOKEN);
      const screen = new Screen(process.stdout, process.stderr, env, parsed.json === true);
      const end = (exitCode: number) => {
        code = exitCode;
      };
      await work(parsed, { client, screen, end });
    };
    await line(args, version, runs).parseAsync();
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
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'duplicate-arguments-array': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
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
      throw error instanceof CliError ? error : (misuse(message, args) ?? error);
    });
  return commands.reduce((built, command) => command(built, runs), bare as unknown as import('yargs').Argv<Everywhere>);
}

/** What is wrong with the command line, and what was probably meant. */
function misuse(message: string | null | undefined, args: readonly string[]): CliError | undefined {
  if (!message) return undefined;
  const typed = args.filter((each) => /^-./.test(each)).map((each) => each.replace(/=.*$/s, ''));
  if (/^Unknown arg/.test(message)) {
    const unknown = typed.find((each) => !flags.includes(each));
    const near = unknown && nearest(`--${unknown.replace(/^-+/, '')}`, flags);
    if (unknown) return usageError(`unknown flag "${unknown}"${near ? `; did you mean "${near}"?` : ''} (see --help)`);
    if (/^Not enough non-option arguments/.test(message))
      return usageError(`something is missing; see "dispatch ${args[0] ?? ''} --help" for what it takes`);
    const choice = /Argument: (\S+), Given: (".*"), Choices: (.*)/.exec(message);
    if (choice) return usageError(`--${choice[1]} ${choice[2]} is unknown; it must be one of ${choice[3]}`);
    const foreign = flags.find((each) => typed.includes(each) && message.split(/[ ,]+/).includes(each.slice(2)));
    if (foreign) return usageError(`"dispatch ${args[0]}" takes no ${foreign} (see "dispatch ${args[0]} --help")`);
    return usageError(`${message.replace('argument', 'word')}; a message is given with --text "…" (see --help)`);
  }
  if (/^Not enough arguments following/.test(message)) {
    const name = /: (\S+)$/.exec(message)?.[1] ?? 'flag';
    return usageError(`--${name} needs a value; one that begins with a dash is written --${name}=-…`);
  }
  if (/^Not enough non-option arguments/.test(message))
    return usageError(`something is missing; see "dispatch ${args[0] ?? ''} --help" for what it takes`);
  const choice = /Argument: (\S+), Given: (".*"), Choices: (.*)/.exec(message);
  if (choice) return usageError(`--${choice[1]} ${choice[2]} is unknown; it must be one of ${choice[3]}`);
  return usageError(`${message.replace(/\s*\n\s*/g, '; ')} (see --help)`);
}

/** What stands on the command line can be seen by everybody on the machine. */
function refuseKeys(args: readonly string[]): void {
  for (const arg of args) {
    if (arg === '--') return;
    if (/^--?(api[-_]?keys?|key|(auth|access|bearer)?[-_]?token|password|secret|credentials?)(=|$)/i.test(arg))
      throw usageError(
        `${arg.replace(/=.*$/s, '')} is not taken: others can see the command line in the process list. Set DISPATCH_TOKEN for this command; provider keys belong to the server (DISPATCH_API_KEY or DISPATCH_API_KEY_FILE there)`,
      );
  }
}

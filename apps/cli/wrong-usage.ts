import { type CliError, usageError } from './cli-error.js';
import type { Command } from './commands/command.js';
import { nearest } from './nearest.js';
import { unmarked } from './plain-words.js';

/** Flags with a value after them, and flags without. Kept here for the advice; `wrong-usage.test.ts` compares. */
export const valued = ['server', 'text', 'file', 'cwd', 'conversation', 'effort', 'workspace', 'status', 'limit', 'title'];
export const bare = [
  'json',
  'help',
  'version',
  'show-reasoning',
  'all',
  'queue',
  'open',
  'last',
  'show',
  'yes',
  'list',
  'revoke',
  'js',
  'ts',
  'no-calls',
  'system',
];
const flags = [...valued, ...bare].map((name) => `--${name}`);

/** The words of a command line that are neither flags nor their values. */
export function wordsOf(args: readonly string[]): string[] {
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === '--') return [...words, ...args.slice(i + 1)];
    if (/^-./.test(arg)) {
      if (valued.includes(arg.slice(2))) i++;
    } else words.push(arg);
  }
  return words;
}

/** What is wrong with the command line (`plainWords`), from what yargs says of it, and what was probably meant. */
export function wrongUsage(message: string, args: readonly string[], commands: readonly Command[]): CliError {
  const said = unmarked(message).replaceAll('\\u0000', '');
  const words = unmarked(wordsOf(args));
  const group = commands.find(({ name, verbs }) => verbs && name === words[0]);
  const verb = group?.verbs?.includes(words[1] ?? '') ? words[1] : undefined;
  const command = ['dispatch', words[0], verb].filter(Boolean).join(' ');
  if (group && !verb) return notAVerb(group, words[1]);

  if (/^Unknown arg/.test(said)) return unknown(said, args, command);
  if (/^Not enough arguments following/.test(said)) {
    const name = /: (\S+)$/.exec(said)?.[1] ?? 'flag';
    return usageError(`--${name} needs a value; one that begins with a dash is written --${name}=-…`);
  }
  if (/^Not enough non-option arguments/.test(said)) return usageError(`something is missing; see "${command} --help" for what it takes`);
  const choice = /Argument: (\S+), Given: (".*"), Choices: (.*)/.exec(said);
  if (choice) return notAChoice(choice[1] as string, choice[2] as string, choice[3] as string);
  const conflict = /^Arguments (\S+) and (\S+) are mutually exclusive/.exec(said);
  if (conflict) return usageError(`give either ${spelt(conflict[1])} or ${spelt(conflict[2])}, not both`);
  return usageError(`${said.replace(/\s*\n\s*/g, '; ')} (see --help)`);
}

const meant = (near: string | undefined): string => (near ? `; did you mean "${near}"?` : '');
const spelt = (name = ''): string => (flags.includes(`--${name}`) ? `--${name}` : `a word for ${name}`);

function notAVerb({ name, verbs = [] }: Command, typed: string | undefined): CliError {
  const takes = `${verbs.join(', ')}; see "dispatch ${name} --help"`;
  if (typed === undefined) return usageError(`"dispatch ${name}" needs one more word (${takes})`);
  return usageError(`"dispatch ${name}" has no "${typed}"${meant(nearest(typed, verbs))} (${takes})`);
}

function unknown(said: string, args: readonly string[], command: string): CliError {
  const typed = args.flatMap((each) => (/^-./.test(each) ? [each.replace(/=.*$/s, '')] : []));
  const stray = typed.find((each) => !flags.includes(each));
  if (stray) return usageError(`unknown flag "${stray}"${meant(nearest(`--${stray.replace(/^-+/, '')}`, flags))} (see --help)`);
  const foreign = flags.find((each) => typed.includes(each) && said.split(/[ ,]+/).includes(each.slice(2)));
  if (foreign) return usageError(`"${command}" takes no ${foreign} (see "${command} --help")`);
  const words = said.replace(/^Unknown arguments?: /, '');
  return usageError(`"${command}" does not take the word "${words}"; a message is given with --text "…" (see "${command} --help")`);
}

function notAChoice(name: string, given: string, choices: string): CliError {
  const names = choices.split(', ').map((each) => each.replaceAll('"', ''));
  return usageError(`${spelt(name)} ${given} is unknown; it must be one of ${choices}${meant(nearest(given.slice(1, -1), names))}`);
}

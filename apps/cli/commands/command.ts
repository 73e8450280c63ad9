import type { Argv } from 'yargs';
import { usageError } from '../cli-error.js';
import type { Client } from '../client.js';
import type { Screen } from '../terminal/screen.js';

/** What a command works with. */
export interface Bench {
  /** Made when it is first asked for: some commands need no server. */
  readonly client: Client;
  screen: Screen;
  /** What the process ends with, when it is not 0. */
  end(exitCode: number): void;
}

/** Flags that every command takes. */
export interface Everywhere {
  server?: string;
  json?: boolean;
}

/** Turns a command's work into a handler. */
export type Runs = <A extends Everywhere>(work: (args: A, bench: Bench) => Promise<void>) => (args: A) => Promise<void>;

/** What a word of a command line names. */
export type Taken = 'command' | 'conversation' | 'model' | 'plugin' | 'setting' | 'workspace';

/** One verb of the command line. */
export interface Command {
  name: string;
  /** The words that must follow, for a verb that only groups others. */
  verbs?: readonly string[];
  /** What the word after it names, for the completion of a shell. */
  takes?: Taken;
  add(line: Argv<Everywhere>, runs: Runs): Argv<Everywhere>;
}

/** How yargs reads a command line: plainly. Of a flag that is given twice the last one counts. */
export const parsing = {
  'boolean-negation': false,
  'camel-case-expansion': false,
  'dot-notation': false,
  'duplicate-arguments-array': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
};

/** How hard a model can be asked to think. */
export const efforts = ['low', 'medium', 'high', 'xhigh', 'max'] as const;

/** The conversation a command is about. */
export const withId = <T>(line: Argv<T>) =>
  line.positional('id', { type: 'string', demandOption: true, describe: 'Id of the conversation, or its beginning' });

export const messageFlags = <T>(line: Argv<T>) =>
  line
    .option('text', { type: 'string', nargs: 1, describe: 'The message; - reads standard input' })
    .option('file', { type: 'string', nargs: 1, describe: 'A file that holds the message; - reads standard input' });

/** The flags of commands that run a turn. */
export const turnFlags = <T>(line: Argv<T>) =>
  messageFlags(line)
    .option('cwd', { type: 'string', nargs: 1, describe: 'Working directory of the turn' })
    .option('effort', { choices: efforts, nargs: 1, describe: 'How hard to think' })
    .option('workspace', { type: 'string', nargs: 1, describe: 'Workspace of a new conversation' })
    .option('show-reasoning', { type: 'boolean', describe: 'Show what the model thinks' })
    .option('open', { type: 'boolean', describe: 'Show the conversation in the open front ends too' });

/** A flag that is a whole number from 1. */
export function wholeNumber(given: string | undefined, flag: string): number | undefined {
  if (given === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(given)) throw usageError(`--${flag} is "${given}"; it must be a whole number from 1`);
  return Number(given);
}

import type { Argv } from 'yargs';
import type { Client } from '../client.js';
import type { Screen } from '../terminal/screen.js';

/** What a command works with. */
export interface Bench {
  client: Client;
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

/** Adds one verb to the command line. */
export type Command = (line: Argv<Everywhere>, runs: Runs) => Argv<Everywhere>;

/** How hard a model can be asked to think. */
export const efforts = ['low', 'medium', 'high', 'xhigh', 'max'] as const;

/** The flags of commands that send a message. */
export const messageFlags = <T>(line: Argv<T>) =>
  line
    .option('text', { type: 'string', nargs: 1, describe: 'The message; - reads standard input' })
    .option('file', { type: 'string', nargs: 1, describe: 'A file that holds the message; - reads standard input' })
    .option('cwd', { type: 'string', nargs: 1, describe: 'Working directory of the turn' })
    .option('effort', { choices: efforts, nargs: 1, describe: 'How hard to think' })
    .option('workspace', { type: 'string', nargs: 1, describe: 'Workspace of a new conversation' })
    .option('show-reasoning', { type: 'boolean', describe: 'Show what the model thinks' });

import { type Slot, slot } from 'dispatch/kernel';

/** What a command works with. */
export interface CommandContext {
  /** The words after its name, as they were typed. */
  readonly args: readonly string[];
  /** Absolute path of the directory it was typed in; of the server's start directory when the client named none. */
  readonly cwd: string;
  /** Aborts when whoever typed it has gone. */
  readonly signal: AbortSignal;
  /** Shows one line. */
  print(line: string): void;
}

/** A verb of the command line: `dispatch run <name> …`. It runs in the server. */
export interface Command {
  /** Unique among all commands: letters, digits and `-`. */
  readonly name: string;
  /** What it does, in a few words. */
  readonly description: string;
  /** The words it takes, as people write them: `<day> [--all]`. */
  readonly usage?: string;
  /** Does it. Answers what the command line ends with; 0 when it answers nothing. What it throws is shown, and ends with 1. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a command without an end code answers nothing
  run(context: CommandContext): Promise<number | void> | number | void;
}
export const Commands: Slot<Command> = slot<Command>('dispatch.command[]');

/** A command, as `GET /commands` shows it. */
export interface CommandInfo {
  name: string;
  description: string;
  usage?: string;
}
export interface CommandsAnswer {
  commands: CommandInfo[];
}
export interface CommandRequest {
  args: string[];
  /** Absolute path. */
  cwd?: string;
}
/** One line of the answer to `POST /commands/:name`; `done` comes last, and once. */
export type CommandLine = { type: 'line'; text: string } | { type: 'done'; exitCode: number; error?: string };

/** What the process ends with. */
export const exitCodes = { fine: 0, failed: 1, usage: 2, noServer: 3, interrupted: 130, terminated: 143 } as const;

/** Why a command cannot go on: a sentence for the user, and what the process ends with. */
export class CliError extends Error {
  constructor(
    readonly exitCode: number,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'CliError';
  }
}

/** The server answered, and would not do it: nothing was begun. */
export class Refused extends CliError {
  constructor(
    message: string,
    /** Of the HTTP answer. */
    readonly status: number,
  ) {
    super(exitCodes.failed, message);
    this.name = 'Refused';
  }
}

/** The command was given wrongly. */
export const usageError = (message: string): CliError => new CliError(exitCodes.usage, message);
/** The command was right, but what it asked for failed. */
export const failure = (message: string, cause?: unknown): CliError => new CliError(exitCodes.failed, message, { cause });

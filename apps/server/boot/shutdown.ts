import type { Logger } from 'dispatch/kernel';

/**
 * Ends the process properly on the first SIGTERM or SIGINT, at once on the second. Exit code 0 after a proper end.
 * @param finish lets running turns end and stops every plugin
 */
export function onSignals(logger: Logger, finish: (signal: string) => Promise<void>): void {
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(signal === 'SIGINT' ? 130 : 143);
      stopping = true;
      logger.info(`${signal}: letting running turns end; a second signal ends the server at once`);
      finish(signal).then(
        () => process.exit(0),
        (thrown: unknown) => {
          logger.error(`stopping failed: ${String(thrown)}`);
          process.exit(1);
        },
      );
    });
  }
}

/** A plugin that throws where nobody catches must not take the server with it. */
export function survive(logger: Logger): void {
  for (const fault of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(fault, (thrown: unknown) => {
      const { stack } = thrown instanceof Error ? thrown : { stack: undefined };
      logger.error(`${fault === 'uncaughtException' ? 'an error' : 'a rejection'} that nobody handled: ${String(thrown)}`, { stack });
    });
  }
}

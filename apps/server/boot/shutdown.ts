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

/**
 * A plugin that throws where nobody catches must not take the server with it.
 * @param blamed whether it is known whose it was; it has then been said
 */
export function survive(logger: Logger, blamed: (thrown: unknown, what: string) => boolean): void {
  const faults = { uncaughtException: 'an error that nobody handled', unhandledRejection: 'a rejection that nobody handled' } as const;
  for (const [fault, what] of Object.entries(faults)) {
    process.on(fault, (thrown: unknown) => {
      if (blamed(thrown, what)) return;
      const { stack } = thrown instanceof Error ? thrown : { stack: undefined };
      logger.error(`${what}: ${String(thrown)}`, { stack });
    });
  }
}

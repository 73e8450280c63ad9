import { exitCodes } from '../cli-error.js';

let first: (() => void) | undefined;

/** From now on the first Ctrl-C does this instead of ending the process; the second ends it. */
export function onFirstInterrupt(work: () => void): void {
  first = work;
}

/** Ends the process as signals ask: Ctrl-C 130, terminate and hang-up 143, and quietly when nobody reads any more. */
export function watchSignals(): void {
  process.on('SIGINT', () => {
    const work = first;
    first = undefined;
    if (work) work();
    else process.exit(exitCodes.interrupted);
  });
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(exitCodes.terminated));
  for (const output of [process.stdout, process.stderr])
    output.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE' || error.code === 'EIO') process.exit(exitCodes.fine);
      const why = error.code === 'ENOSPC' ? 'the disk is full' : error.message;
      if (output === process.stdout) process.stderr.write(`dispatch: the output cannot be written: ${why}\n`);
      process.exit(exitCodes.failed);
    });
}

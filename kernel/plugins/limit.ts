import type { Clock } from '../contracts/clock.js';
import { KernelError } from '../errors.js';

/** Runs work under a time limit. The work is told by the signal; whether it listens or not, the caller goes on. */
export async function within<T>(clock: Clock, ms: number, what: string, work: (signal: AbortSignal) => Promise<T> | T): Promise<T> {
  const over = new AbortController();
  const done = new AbortController();
  const late = async (): Promise<never> => {
    await clock.sleep(ms, done.signal);
    const error = new KernelError('plugin-timeout', `${what} took longer than ${ms} ms`);
    if (!done.signal.aborted) over.abort(error);
    throw error;
  };
  try {
    return await Promise.race([(async () => work(over.signal))(), late()]);
  } finally {
    done.abort();
  }
}

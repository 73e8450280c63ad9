import type { Clock } from '../contracts/clock.js';
import { KernelError } from '../errors.js';

type Work<T> = (signal: AbortSignal) => Promise<T> | T;

/**
 * Runs work under a time limit. The signal tells it that it failed or took too long; whether it listens or not, the
 * caller goes on.
 * @param over whose signal it is, for who has more to tell by it
 */
export async function within<T>(clock: Clock, ms: number, what: string, work: Work<T>, over = new AbortController()): Promise<T> {
  const done = new AbortController();
  const late = async (): Promise<never> => {
    await clock.sleep(ms, done.signal);
    throw new KernelError('plugin-timeout', `${what} took longer than ${ms} ms`);
  };
  try {
    return await Promise.race([(async () => work(over.signal))(), late()]);
  } catch (thrown) {
    over.abort(thrown);
    throw thrown;
  } finally {
    done.abort();
  }
}

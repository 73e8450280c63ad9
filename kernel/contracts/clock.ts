import { service } from '../plugins/ids.js';

/** The only source of time: tests hand in their own. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds that only ever rise; for durations. */
  elapsed(): number;
  /** Resolves after `ms` milliseconds, or as soon as the signal aborts (it never rejects). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
export const Clock = service<Clock>('dispatch.clock');

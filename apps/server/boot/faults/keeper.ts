import { type Clock, messageOf } from 'dispatch/kernel';

/** Told of each fault. `light`: what any plugin may do now and then, such as a tool that says no by throwing. */
export type Report = (what: string, why: string, light: boolean) => void;

/** Asks one plugin for what it does: within a time limit, and with every fault noted under its name. */
export class Keeper {
  constructor(
    readonly id: string,
    readonly critical: boolean,
    private readonly clock: Clock,
    /** Calls that run just now; nobody stops a plugin under them. */
    private readonly running: Set<Promise<unknown>>,
    private readonly report: Report,
  ) {}

  /** Rejects with what it threw, or because it took too long; the signal tells it so. */
  call<T>(what: string, ms: number, work: (signal: AbortSignal) => T | Promise<T>, isFair = never): Promise<T> {
    const over = new AbortController();
    const done = new AbortController();
    const late = this.clock.sleep(ms, done.signal).then((): never => {
      throw new TookTooLong(`${what} of the plugin "${this.id}" took longer than ${ms} ms`);
    });
    const run = Promise.race([(async () => work(over.signal))(), late]);
    const kept = run.then(
      () => undefined,
      (thrown: unknown) => {
        over.abort(thrown);
        this.fault(what, thrown, isFair(thrown));
      },
    );
    void kept.finally(() => {
      done.abort();
      this.running.delete(kept);
    });
    this.running.add(kept);
    return run;
  }

  /** The same for what answers at once. `otherwise` answers in its place when it throws. */
  now<T>(what: string, work: () => T, otherwise: (thrown: unknown) => T, isFair = never): T {
    try {
      return work();
    } catch (thrown) {
      this.fault(what, thrown, isFair(thrown));
      return otherwise(thrown);
    }
  }

  fault(what: string, thrown: unknown, light = false): void {
    this.report(what, messageOf(thrown), light);
  }
}

class TookTooLong extends Error {
  override readonly name = 'TookTooLong';
}

const never = (_: unknown): boolean => false;

/** Whether it was thrown to be read, rather than by a slip of whoever wrote the code. */
export const isDeliberate = (thrown: unknown): boolean => {
  if (!(thrown instanceof Error) || thrown instanceof TookTooLong) return false;
  const slips = ['TypeError', 'ReferenceError', 'RangeError', 'SyntaxError'];
  return !slips.includes(thrown.name) || thrown.cause !== undefined;
};

/** Whether it is an error of that name: two copies of a class are two classes. */
export const named =
  (name: string) =>
  (thrown: unknown): boolean =>
    thrown instanceof Error && thrown.name === name;

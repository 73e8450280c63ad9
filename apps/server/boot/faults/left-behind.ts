import { createRequire, syncBuiltinESMExports } from 'node:module';

type Timers = Pick<typeof globalThis, 'setTimeout' | 'setInterval' | 'clearTimeout' | 'clearInterval'>;
type Listener = (...given: unknown[]) => void;
type SetTimer = (callback: Listener, ...rest: unknown[]) => NodeJS.Timeout;

/** Addresses of a dropped plugin's own code carry their generation (`plugin-hooks.ts`). */
const caller = /(file:\/\/\/[^\s()]*?\?generation=\d+):\d+:\d+\)?$/;

/**
 * Remembers which timers and process listeners a dropped plugin's own code has set, by the address of the file that set
 * it, so that they end with its generation. Costs one line of a stack a timer, and nothing before `watch` is called.
 */
export class LeftBehind {
  private readonly ends = new Map<string, Set<() => void>>();
  private readonly forget = new WeakMap<object, () => void>();
  private watching = false;

  watch(): void {
    if (this.watching) return;
    this.watching = true;
    const timers = createRequire(import.meta.url)('node:timers') as Timers;
    for (const owner of [globalThis as Timers, timers]) this.watchTimers(owner);
    syncBuiltinESMExports();
    this.watchProcess();
  }

  /** Ends what the files of one generation have left running; answers how many timers and listeners that were. */
  end(isOf: (file: string) => boolean): number {
    const files = [...this.ends.keys()].filter(isOf);
    const all = files.flatMap((file) => [...(this.ends.get(file) ?? [])]);
    for (const end of all) end();
    for (const file of files) this.ends.delete(file);
    return all.length;
  }

  private watchTimers(owner: Timers): void {
    const { setTimeout: once, setInterval: often, clearTimeout: clear } = owner;
    const watched = (set: SetTimer, goesOn: boolean): SetTimer => {
      const wrapper: SetTimer = (callback, ...rest) => {
        const file = callerOf(wrapper);
        if (file === undefined || typeof callback !== 'function') return set(callback, ...rest);
        const timer = set(
          (...given: unknown[]) => {
            if (!goesOn) this.forget.get(timer)?.();
            callback(...given);
          },
          ...rest,
        );
        this.remember(file, timer, () => clear(timer));
        return timer;
      };
      // what else hangs on it, such as its promise form, stays on it
      return Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(set));
    };
    const cleared = (timer: NodeJS.Timeout | string | number | undefined) => {
      if (typeof timer === 'object') this.forget.get(timer)?.();
      clear(timer);
    };
    Object.assign(owner, {
      setTimeout: watched(once as SetTimer, false),
      setInterval: watched(often as SetTimer, true),
      clearTimeout: cleared,
      clearInterval: cleared,
    });
  }

  private watchProcess(): void {
    const { on, off } = process;
    const added = (name: string, listener: Listener) => {
      const file = callerOf(added);
      if (file !== undefined) this.remember(file, listener, () => off.call(process, name as never, listener));
      return on.call(process, name as never, listener);
    };
    const removed = (name: string, listener: Listener) => {
      this.forget.get(listener)?.();
      return off.call(process, name as never, listener);
    };
    Object.assign(process, { on: added, addListener: added, off: removed, removeListener: removed });
  }

  private remember(file: string, what: object, end: () => void): void {
    const ends = this.ends.get(file) ?? new Set();
    this.ends.set(file, ends.add(end));
    this.forget.set(what, () => ends.delete(end));
  }
}

/** The file of a dropped plugin that called a function; undefined when somebody else did. */
function callerOf(called: (...given: never[]) => unknown): string | undefined {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 1;
  const here: { stack?: string } = {};
  Error.captureStackTrace(here, called);
  Error.stackTraceLimit = stackTraceLimit;
  return caller.exec(here.stack ?? '')?.[1];
}

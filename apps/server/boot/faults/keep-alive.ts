import type { Culprit } from './blame.js';

type Blame = (stack: string | undefined) => Culprit | undefined;

/** A plugin that ends the process is told that it may not; whoever else does is not kept from it. */
export function keepAlive(blame: Blame, report: (culprit: Culprit, sentence: string) => void): void {
  const { exit, abort, kill } = process;
  const guard = (name: string): void => {
    const here: { stack?: string } = {};
    Error.captureStackTrace(here, guard);
    const culprit = blame(here.stack);
    if (!culprit) return;
    const sentence = `it called process.${name}(), which would have ended the server`;
    report(culprit, sentence);
    throw new Error(`process.${name}() is refused: a plugin may not end the server`);
  };
  const guarded =
    <A extends unknown[]>(name: string, own: (...given: A) => unknown, ends: (...given: A) => boolean = () => true) =>
    (...given: A): unknown => {
      if (ends(...given)) guard(name);
      return own.apply(process, given);
    };
  const itself = (pid: number, signal?: string | number) => pid === process.pid && signal !== 0;
  Object.assign(process, { exit: guarded('exit', exit), abort: guarded('abort', abort), kill: guarded('kill', kill, itself) });
}

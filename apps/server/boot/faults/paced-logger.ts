import type { Logger } from 'dispatch/kernel';

/** Records of one plugin in a second. */
const most = 200;

/** A logger that one plugin cannot flood: what is too much in a second is counted, and said in one sentence. */
export function pacedLogger(inner: Logger, elapsed: () => number, flooded: () => void): Logger {
  let [second, count] = [0, 0];
  const passes = (): boolean => {
    const now = elapsed();
    if (now - second >= 1_000) {
      if (count > most) inner.warn(`${count - most} further records of that second were left out`);
      [second, count] = [now, 0];
    }
    if (++count === most + 1) flooded();
    return count <= most;
  };
  const wrap = (logger: Logger): Logger => ({
    debug: (message, fields) => passes() && logger.debug(message, fields),
    info: (message, fields) => passes() && logger.info(message, fields),
    warn: (message, fields) => passes() && logger.warn(message, fields),
    error: (message, fields) => passes() && logger.error(message, fields),
    child: (fields) => wrap(logger.child(fields)),
  });
  return wrap(inner);
}

import type { Logger } from '../contracts/logger.js';

/** A logger that only remembers: each record as `level message`. */
export function quietLogger(records: string[] = []): Logger & { records: string[] } {
  const keep = (level: string) => (message: string) => void records.push(`${level} ${message}`);
  const logger = {
    debug: keep('debug'),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
    records,
    child: () => logger,
  };
  return logger;
}

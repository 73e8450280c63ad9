import type { Logger, Secrets } from 'dispatch/kernel';
import { type Logger as Pino, pino } from 'pino';

const colours = { debug: 90, info: 36, warn: 33, error: 31, fatal: 31 } as const;

/**
 * Logs to standard error: one JSON object a line for machines, a plain sentence for people on a terminal. Secrets are
 * masked in whatever is written; a closed or full standard error harms nobody.
 */
export function pinoLogger(level: string, secrets: Secrets, people: boolean): Logger {
  process.stderr.on('error', () => undefined);
  const write = (line: string) => process.stderr.write(secrets.mask(people ? sentence(line) : line));
  return wrap(
    pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } }, { write }),
  );
}

const wrap = (inner: Pino): Logger => ({
  debug: (message, fields = {}) => inner.debug(fields, message),
  info: (message, fields = {}) => inner.info(fields, message),
  warn: (message, fields = {}) => inner.warn(fields, message),
  error: (message, fields = {}) => inner.error(fields, message),
  child: (fields) => wrap(inner.child(fields)),
});

function sentence(line: string): string {
  const { level, time: _, plugin, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const colour = process.env.NO_COLOR ? undefined : colours[level as keyof typeof colours];
  const word = colour ? `\u001b[${colour}m${level}\u001b[0m` : level;
  const rest = Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : '';
  return `${word}${plugin ? ` ${plugin}:` : ':'} ${msg}${rest}\n`;
}

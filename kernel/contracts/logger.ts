import { service } from '../plugins/ids.js';

/** Takes a sentence and flat fields. The one a plugin is handed names the plugin in each record. */
export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
  /** A logger whose records carry these fields too. */
  child(fields: Record<string, unknown>): Logger;
}
export const Logger = service<Logger>('dispatch.logger');

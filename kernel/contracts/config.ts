import { service } from '../plugins/ids.js';

/**
 * Settings by dotted key (`http.port`), validated and merged before any plugin sees them. The typed readers throw
 * `config-type` when the key holds something else or nothing at all.
 */
export interface Config {
  /** Undefined when the key is not set. */
  value(key: string): unknown;
  text(key: string): string;
  number(key: string): number;
  flag(key: string): boolean;
  list(key: string): readonly string[];
}
export const Config = service<Config>('dispatch.config');

/** What `plugins.settings` has for one plugin: each is handed its own, by plain keys, checked and completed by the schema it declares. */
export type Settings = Config;
export const Settings = service<Settings>('dispatch.settings');

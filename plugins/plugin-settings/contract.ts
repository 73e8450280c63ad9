import { type Service, service } from 'dispatch/kernel';

/** One setting of a plugin, as a front end may show it. */
export interface SettingField {
  key: string;
  /** What it is called. */
  label: string;
  /** What it is for. */
  description?: string;
  /** `json`: whatever its schema says, as JSON. */
  kind: 'flag' | 'number' | 'choice' | 'text' | 'list' | 'json';
  required: boolean;
  /** Its value is never shown: `***` stands for it. */
  secret: boolean;
  /** What counts where none is given. */
  default?: unknown;
  /** Of a choice. */
  options?: string[];
  min?: number;
  max?: number;
  step?: number;
}

/** The settings of one plugin. */
export interface PluginSettingsView {
  id: string;
  /** In the order of its schema; empty where that cannot be shown as fields. */
  fields: SettingField[];
  /** What was given, by key: secrets as `***`, defaults left out. */
  values: Record<string, unknown>;
  /** The file they were read from. */
  from?: string;
  /** The file they are kept in once they are changed. */
  keptIn: string;
  /** What is wrong with them: the plugin does not run, or not with these. Names the setting, never its value. */
  problem?: string;
}

/** Nothing was changed: there is no such plugin, or what was given is not as it should be. */
export class SettingsRefused extends Error {
  constructor(
    readonly code: 'unknown' | 'refused',
    message: string,
  ) {
    super(message);
    this.name = 'SettingsRefused';
  }
}

/** The settings of all plugins that declare some; the server's own. */
export interface PluginSettings {
  /** Ids of the plugins that declare settings, whether or not they run. */
  ids(): readonly string[];
  /** As they are now. Throws `SettingsRefused`. */
  view(id: string): PluginSettingsView;
  /**
   * Changes some, by key; null takes what was given back. What is changed must be right, what is not yet may stay wrong.
   * They are kept in the user's own file, and the plugin is renewed, so that it sees them. Rejects with `SettingsRefused`.
   */
  change(id: string, changes: Readonly<Record<string, unknown>>): Promise<PluginSettingsView>;
  /** Gives all anew, and all must be right; `***` for a secret stands for what it was. Rejects with `SettingsRefused`. */
  replace(id: string, values: Readonly<Record<string, unknown>>): Promise<PluginSettingsView>;
}
export const PluginSettings: Service<PluginSettings> = service<PluginSettings>('dispatch.plugin-settings');

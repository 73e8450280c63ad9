/** The only door to the configuration. */
export { ConfigError } from './config-error.js';
export { type ConfigFile, configFiles } from './config-file.js';
export { type Explanation, explain, show } from './explain.js';
export { type ConfigInput, loadConfig } from './load.js';
export { LoadedConfig, readerOf, type Setting } from './loaded-config.js';
export { PluginSettingsFiles } from './plugin-settings.js';

import { PluginStorage } from './plugin-storage.js';
import { pluginStorageSchema } from './plugin-storage-schema.js';

export default [pluginStorageSchema, PluginStorage];

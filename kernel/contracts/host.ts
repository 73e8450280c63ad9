import { service } from '../plugins/ids.js';
import type { PluginStatus } from '../wire/index.js';

/** A view of the plugin host, for those who show it. */
export interface PluginList {
  /** Every plugin found, in start order, failed ones with their reason. */
  status(): PluginStatus[];
}
export const PluginList = service<PluginList>('dispatch.plugin-list');

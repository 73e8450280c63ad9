import { PluginStatusRoutes } from './plugin-status.js';

export default PluginStatusRoutes;

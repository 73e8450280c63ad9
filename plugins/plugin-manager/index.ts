import { CriticalGuard } from './critical-guard.js';
import { PluginControls } from './plugin-manager.controller.js';
import { PluginNews } from './plugin-news.js';
import { RenewedSurfaces } from './renewed-surfaces.js';
import { TurnsInProgress } from './turns-in-progress.js';

export default [PluginControls, PluginNews, RenewedSurfaces, TurnsInProgress, CriticalGuard];

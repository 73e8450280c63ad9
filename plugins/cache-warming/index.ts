import { CacheWarming } from './cache-warming.js';
import { CacheWarmingSurface } from './cache-warming.surface.js';
import { cacheWarmingSchema } from './cache-warming-schema.js';
import { ForeseenTurns } from './next-turn.js';
import { WarmRoutes } from './warm-routes.js';
import { WarmUp } from './warm-up.js';
import { StoredSettings } from './warming-settings.js';

export default [cacheWarmingSchema, StoredSettings, ForeseenTurns, WarmUp, CacheWarming, CacheWarmingSurface, WarmRoutes];

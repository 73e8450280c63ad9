import { SurfaceRegistry } from './surface-registry.js';
import { SurfaceRoutes } from './surface-routes.js';

export default [SurfaceRegistry, SurfaceRoutes];

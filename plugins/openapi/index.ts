import { DocsRoutes } from './docs-routes.js';
import { OpenApiRoutes } from './openapi-routes.js';

export default [OpenApiRoutes, DocsRoutes];

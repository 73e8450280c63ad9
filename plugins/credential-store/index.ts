import { ModelStore } from './model-store.js';
import { ModelsRoutes } from './models-routes.js';

export default [ModelStore, ModelsRoutes];

import { inject, plugin } from 'dispatch/kernel';
import type { ModelInfo, ModelsAnswer } from 'dispatch/wire';
import * as z from 'zod';
import { type RouteGroup, Routes, route, wire } from '../transport-http/contract.js';
import { Models } from './contract.js';

const info = wire<ModelInfo>('ModelInfo')(z.object({ contextWindow: z.number().optional(), vision: z.boolean().optional() }));
const answer = wire<ModelsAnswer>('ModelsAnswer')(
  z.object({ models: z.array(z.string()), modelInfo: z.record(z.string(), info).optional() }),
);

/** `GET /models`. */
@plugin({ id: 'credential-store-routes', version: '0.1.0', provides: Routes })
export class ModelsRoutes implements RouteGroup {
  readonly routes = [
    route({
      method: 'GET',
      path: '/models',
      summary: 'The models that can be used, by the names that requests take',
      answer,
      handle: () => this.models.catalog(),
    }),
  ];

  constructor(@inject(Models) private readonly models: Models) {}
}

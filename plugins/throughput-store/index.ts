import { ThroughputRoutes } from './throughput-routes.js';
import { throughputSchema } from './throughput-schema.js';
import { ThroughputStore } from './throughput-store.js';
import { TurnSampler } from './turn-sampler.js';

export default [throughputSchema, ThroughputStore, TurnSampler, ThroughputRoutes];

import { OwnerTrust } from './owner-trust.js';
import { TrustController } from './trust.controller.js';
import { TrustSurface } from './trust.surface.js';
import { trustSchema } from './trust-schema.js';

export default [trustSchema, OwnerTrust, TrustController, TrustSurface];

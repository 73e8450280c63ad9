import { DurableRequestKeeper } from './durable-request-keeper.js';
import { idempotencySchema } from './idempotency-schema.js';

export default [idempotencySchema, DurableRequestKeeper];

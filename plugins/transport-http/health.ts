import type { Health } from 'dispatch/wire';
import * as z from 'zod';
import { type HealthCheck, HttpError, type RouteGroup, route } from './contract.js';

/** `GET /health`: whether the server can take a turn just now. */
export function healthRoutes(checks: readonly HealthCheck[]): RouteGroup {
  return {
    routes: [
      route({
        method: 'GET',
        path: '/health',
        summary: 'Whether the server can take a turn',
        answer: z.object({ ok: z.literal(true) }),
        handle: (): Health => {
          for (const check of checks) {
            const problem = check.problem();
            if (problem !== undefined) throw new HttpError(503, problem, { body: { ok: false } });
          }
          return { ok: true };
        },
      }),
    ],
  };
}

import type { Health } from 'dispatch/wire';
import * as z from 'zod';
import { type HealthCheck, HttpError, openRoute, type RouteGroup, route, wire } from './contract.js';

type Healthy = Extract<Health, { ok: true }>;

/** `GET /health`: whether the server can take a turn just now. */
export function healthRoutes(checks: readonly HealthCheck[]): RouteGroup {
  return {
    routes: [
      openRoute(
        route({
          method: 'GET',
          path: '/health',
          summary: 'Whether the server can take a turn',
          answer: wire<Healthy>('Health')(z.object({ ok: z.literal(true) })),
          errors: [503],
          handle: (): Healthy => {
            for (const check of checks) {
              const problem = check.problem();
              if (problem !== undefined) throw new HttpError(503, problem, { body: { ok: false } });
            }
            return { ok: true };
          },
        }),
      ),
    ],
  };
}

import { inject, plugin } from 'dispatch/kernel';
import * as z from 'zod';
import { HttpError, type Route, type RouteGroup, Routes, route, wire } from '../transport-http/contract.js';
import type { JobsAnswer } from './contract.js';
import { JobList } from './job-runner.js';

const run = z.object({ at: z.number().int(), durationMs: z.number().min(0), error: z.string().optional() });
const answer = wire<JobsAnswer>('JobsAnswer')(
  z.object({
    jobs: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        schedule: z.string(),
        running: z.boolean(),
        nextAt: z.number().int().optional(),
        last: run.optional(),
        problem: z.string().optional(),
      }),
    ),
  }),
);
const params = z.object({ id: z.string().min(1).max(64) });

@plugin({ id: 'jobs-routes', version: '0.1.0', provides: Routes })
export class JobsController implements RouteGroup {
  readonly routes: readonly Route[];

  constructor(@inject(JobList) list: JobList) {
    const shown = (): JobsAnswer => ({ jobs: list.status() });
    this.routes = [
      route({ method: 'GET', path: '/jobs', summary: 'The scheduled jobs: when they run, and how they went', answer, handle: shown }),
      route({
        method: 'POST',
        path: '/jobs/:id/run',
        summary: 'Run a job now, unless it runs already',
        params,
        bodyOptional: true,
        answer,
        errors: [404],
        handle: ({ params: { id } }) => {
          if (!list.runNow(id)) throw new HttpError(404, `there is no job "${id}" that can run`);
          return shown();
        },
      }),
    ];
  }
}

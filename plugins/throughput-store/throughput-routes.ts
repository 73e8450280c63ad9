import { Clock, inject, plugin } from 'dispatch/kernel';
import type { ThroughputAnswer, ThroughputQuery } from 'dispatch/wire';
import * as z from 'zod';
import { HttpError, type Route, type RouteGroup, Routes, route, wire } from '../transport-http/contract.js';
import { dateAt, dateForm, type Period, stretchOf } from './period.js';
import { Samples } from './throughput-store.js';

const period = z.enum(['day', 'week', 'month']);
const date = z
  .string()
  .max(40)
  .meta({ examples: ['2025-03-30'] });
const query = wire<ThroughputQuery>('ThroughputQuery')(z.object({ period: period.default('day'), date: date.optional() }));
const answer = wire<ThroughputAnswer>('ThroughputAnswer')(
  z.object({
    period,
    date: z.string(),
    start: z.number().int(),
    end: z.number().int(),
    models: z.array(
      z.object({
        model: z.string(),
        tokensPerSecond: z.number().min(0),
        totalOutputTokens: z.number().int().min(0),
        totalGenMs: z.number().min(0),
        turns: z.number().int().min(1),
      }),
    ),
  }),
);

@plugin({ id: 'throughput-store-routes', version: '0.1.0', provides: Routes })
export class ThroughputRoutes implements RouteGroup {
  readonly routes: readonly Route[];

  constructor(
    @inject(Samples) private readonly samples: Samples,
    @inject(Clock) private readonly clock: Clock,
  ) {
    this.routes = [
      route({
        method: 'GET',
        path: '/metrics/throughput',
        summary: 'How fast each model was in a day, an ISO week or a month; today’s when no date is given',
        query,
        answer,
        handle: ({ query }) => this.throughput(query.period, query.date),
      }),
    ];
  }

  private async throughput(period: Period, asked?: string): Promise<ThroughputAnswer> {
    const stretch = stretchOf(period, asked ?? dateAt(period, this.clock.now()));
    if (!stretch)
      throw new HttpError(400, `"${asked}" is no date for the period "${period}": give ${dateForm(period)}, a date that there is`, {
        code: 'bad_date',
      });
    return { period, ...stretch, models: await this.samples.totals(stretch.start, stretch.end) };
  }
}
